import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.classifiers.objective import GROUP, SCHEDULE, Classifier, Predictor
from gan_tf.classifiers.recipe import recipe
from gan_tf.training.noise import Noise


def linear(num_classes=2):
    """Return a network of one pixel: the logit of class 1 is its value, that of class 0 is 0."""
    network = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten()])
    network.add(keras.layers.Dense(num_classes))
    network.layers[-1].set_weights([np.array([[0.0, 1.0]]), np.zeros(2)])
    return network


def losses_of(classifier, pixels, labels, **more):
    batch = {
        "image": tf.reshape(tf.constant(pixels, tf.float32), [-1, 1, 1, 1]),
        "label": tf.constant(labels, tf.int32),
        **{name: tf.constant(value, tf.float32) for name, value in more.items()},
    }
    return classifier.losses(SCHEDULE.updates[0], batch, Noise(Noise.key(0), len(labels)))


def test_loss_is_the_mean_cross_entropy_and_accuracy_the_share_of_correct_images():
    losses = losses_of(Classifier(linear()), [1.0, -2.0, 3.0], [1, 0, 0])
    # -log softmax: log(1 + e^-1), log(1 + e^-2), log(1 + e^3); the third is wrong.
    expected = np.mean([np.log1p(np.exp(-1)), np.log1p(np.exp(-2)), np.log1p(np.exp(3))])
    assert float(losses.totals[GROUP]) == pytest.approx(expected, rel=1e-5)
    assert float(losses.metrics["accuracy"]) == pytest.approx(2 / 3)


def test_weights_multiply_the_losses_of_their_examples():
    losses = losses_of(Classifier(linear()), [1.0, 3.0], [1, 0], weight=[0.5, 2.0])
    expected = (0.5 * np.log1p(np.exp(-1)) + 2 * np.log1p(np.exp(3))) / 2
    assert float(losses.totals[GROUP]) == pytest.approx(expected, rel=1e-5)


def test_augmentation_is_what_the_network_sees():
    classifier = Classifier(linear(), augment=lambda images, noise: -images)
    assert float(losses_of(classifier, [1.0], [0]).metrics["accuracy"]) == 1.0


def test_prediction_does_not_depend_on_the_number_of_images():
    network = recipe("lenet").network((28, 28, 1), 10, 0, None)
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28, 1), np.uint8)
    predictor = Predictor(network, (0.0, 255.0), batch_size=3)
    together = predictor(images)
    alone = np.concatenate([predictor(images[i : i + 1]) for i in range(7)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-5)
    expected = tf.nn.softmax(network(images.astype(np.float32))).numpy()
    np.testing.assert_allclose(together, expected, rtol=1e-3, atol=1e-6)
