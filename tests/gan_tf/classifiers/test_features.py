"""Features of trained and of pretrained classifiers."""

import warnings

import keras
import numpy as np
import pytest
from digit_folders import digit_images

from data_tools.errors import InputError
from gan_tf.classifiers.features import pretrained_extractor, refuse_channels, trained_extractor
from gan_tf.metrics import EXTRACTORS, IMAGE_METRICS, METRICS
from gan_tf.metrics.compute import ExtractorOptions, ImageComparison, LearningImages

#: Here, or in test_pixels.py; resnet20 shares the code of lenet, resnet50 that of the others.
TESTED = {"pixels", "lenet", "resnet20", "resnet50", "xception", "inception_v3"}


def test_every_extractor_is_tested():
    assert set(EXTRACTORS) == TESTED


def test_a_classifiers_features_are_the_input_of_its_last_layer():
    images, labels = digit_images(0, 10)
    learning = LearningImages(images, labels, 10)
    compute = trained_extractor("lenet", learning, ExtractorOptions(steps=40))
    features = compute(images[:20])
    assert features.shape == (20, 500) and features.min() == 0.0
    np.testing.assert_array_equal(compute(images[:3]), features[:3])
    # The features separate the classes linearly, and they are not pixels.
    everything = compute(images)
    centers = np.stack([everything[labels == label].mean(axis=0) for label in range(10)])
    nearest = np.linalg.norm(everything[:, None] - centers, axis=2).argmin(axis=1)
    assert (nearest == labels).mean() > 0.9


@pytest.mark.parametrize(
    ("name", "title"), [("xception", "Xception"), ("inception_v3", "InceptionV3")]
)
def test_pretrained_features_are_the_networks_own(tmp_path, monkeypatch, name, title):
    # 75 pixels, the minimum of Inception-v3 (Xception's is 71), in place of 299.
    monkeypatch.setitem(EXTRACTORS, name, EXTRACTORS[name]._replace(edge=75))
    network = getattr(keras.applications, title)(
        include_top=False, weights=None, input_shape=(75, 75, 3), pooling="avg"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Keras, on NumPy's new copy rule
        network.save_weights(tmp_path / "x.weights.h5")

    def pretrained(file):
        return pretrained_extractor(name, None, ExtractorOptions(weights=tmp_path / file))

    images = np.random.default_rng(0).integers(0, 256, (2, 75, 75, 1)).astype(np.uint8)
    features = pretrained("x.weights.h5")(images)
    # Both take -1 .. 1; the gray channel is repeated three times.
    expected = network(np.repeat(images, 3, axis=3) / 127.5 - 1.0, training=False)
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4)
    (tmp_path / "not.weights.h5").write_bytes(b"no weights")
    with pytest.raises(
        InputError, match=f"not.weights.h5 does not hold weights of {title} without top"
    ):
        pretrained("not.weights.h5")


def test_images_of_four_channels_are_refused():
    with pytest.raises(InputError, match="have 4 channels but --features=xception takes 1 or 3"):
        refuse_channels("--features=xception", 4)
    refuse_channels("--features=xception", 1)


def test_every_lenet_metric_is_better_for_digits_than_for_noise():
    images, labels = digit_images(0, 30)
    order = np.random.default_rng(0).permutation(len(labels))
    images, labels = images[order], labels[order]
    names = [name for name in IMAGE_METRICS if METRICS[name].extractor == "lenet"]
    learning = LearningImages(images[100:], labels[100:], 10)
    compare = ImageComparison(names, images[:50], learning, ExtractorOptions(steps=40))
    digits = compare(images[50:100])
    noise = compare(np.random.default_rng(1).integers(0, 256, (50, 28, 28, 1), np.uint8))
    assert list(digits) == names
    for name in names:
        better, worse = digits[name], noise[name]
        if name == "precision_lenet":
            # The ball of a single unusual digit holds all noise, which density does not forgive.
            assert better > 0.9 and worse == 1.0
            continue
        assert better < worse if METRICS[name].direction == "min" else better > worse
