"""Training one classifier on digits."""

import keras
import numpy as np
import pytest
from digit_folders import digit_images

from data_tools.errors import UsageError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import fit
from gan_tf.classifiers.image_set import ImageSet, SelectedImages

OPTIONS = FitOptions(steps=40, batch_size=32)


@pytest.fixture(scope="module")
def digits():
    return ImageSet(*digit_images(0, 20))


@pytest.fixture(scope="module")
def held_out():
    return ImageSet(*digit_images(60, 5))


@pytest.fixture(scope="module")
def fitted(digits):
    return fit(digits, OPTIONS, num_classes=10, seed=0)


def accuracy(fitted, images):
    return (fitted.predict(images.images).argmax(axis=1) == images.labels).mean()


def test_a_classifier_learns_and_has_the_weights_of_its_last_step(fitted, held_out):
    assert accuracy(fitted, held_out) > 0.7
    (point,) = fitted.history
    assert (point["step"], point["epoch"], fitted.best_step) == (40, 40 * 32 / 200, 40)
    assert set(point) == {"step", "epoch", "train_loss", "train_accuracy"}
    assert fitted.test_probabilities is None


def test_the_same_arguments_give_the_same_classifier(fitted, digits, held_out):
    again = fit(digits, OPTIONS, num_classes=10, seed=0, test=held_out, curve_points=4)
    probabilities = fitted.predict(held_out.images)
    # Neither test images nor the number of points change the classifier.
    np.testing.assert_array_equal(again.predict(held_out.images), probabilities)
    np.testing.assert_array_equal(again.test_probabilities, probabilities)
    assert again.history[-1]["test_accuracy"] == accuracy(fitted, held_out)
    other = fit(digits, OPTIONS, num_classes=10, seed=1)
    assert not np.allclose(other.predict(held_out.images), probabilities)


def test_images_selected_from_two_arrays_give_the_same_classifier_as_one_array(
    fitted, digits, held_out
):
    first, second = np.arange(90), np.arange(110)
    parts = [(digits.images[:90], first), (digits.images[90:], second)]
    selected = ImageSet(SelectedImages(parts), digits.labels)
    again = fit(selected, OPTIONS, num_classes=10, seed=0)
    np.testing.assert_array_equal(again.predict(held_out.images), fitted.predict(held_out.images))


def test_validation_images_select_the_weights(digits, held_out):
    """With wrong labels the first point is the best, and the second ends the training."""
    false = held_out._replace(labels=(held_out.labels + 1) % 10)
    options = FitOptions(steps=100, batch_size=32)
    fitted = fit(
        digits,
        options,
        num_classes=10,
        seed=0,
        validation=false,
        test=held_out,
        curve_points=20,
        patience=2,
    )
    accuracies = [point["validation_accuracy"] for point in fitted.history]
    best = int(np.argmax(accuracies))
    assert fitted.best_step == fitted.history[best]["step"] < 100
    assert len(fitted.history) == best + 1 + 2
    assert accuracy(fitted, held_out) == fitted.history[best]["test_accuracy"]


def test_class_weights_and_augmentation_change_the_training(fitted, digits, held_out):
    weights = np.zeros(10, np.float32)
    weights[3] = 10.0
    only_3 = fit(digits, OPTIONS, num_classes=10, seed=0, class_weights=weights)
    assert (only_3.predict(held_out.images).argmax(axis=1) == 3).all()
    shifted = fit(digits, OPTIONS, num_classes=10, seed=0, augment=["shift"])
    assert not np.allclose(shifted.predict(held_out.images), fitted.predict(held_out.images))


def test_features_are_the_input_of_the_last_layer(fitted, held_out):
    features = fitted.features(held_out.images)
    kernel, bias = fitted.network.layers[-1].get_weights()
    expected = keras.ops.softmax(features @ kernel + bias)
    np.testing.assert_allclose(fitted.predict(held_out.images), expected, rtol=1e-4, atol=1e-6)


def test_without_steps_or_epochs_there_are_at_least_1000_steps():
    assert FitOptions().with_steps(500).steps == 1000
    with pytest.raises(UsageError, match="give either --steps or --epochs"):
        FitOptions(steps=5, epochs=5)
