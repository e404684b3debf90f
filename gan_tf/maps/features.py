"""Features by which a map compares images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.maps.options import FEATURES

BATCH_SIZE = 16

_TITLES = {"resnet50": "ResNet50", "xception": "Xception"}


def pixel_features(images: np.ndarray) -> np.ndarray:
    """Return pixels in 0..1, float32 [n, height * width * channels]."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def classifier_features(
    name: str, training_images: ImageSet, num_classes: int, steps: int | None, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a classifier and return its features: uint8 images to the input of its last layer.

    The features of training images differ from those of other images of the same distribution, so
    a map must not show them.

    Args:
      name: "lenet" or "resnet20".
      training_images: real images.
      num_classes: K.
      steps: optimizer steps; None for 10 epochs, at least 1000 steps.
      seed: of the classifier.
    """
    from gan_tf.classifiers.fitting import fit

    options = FitOptions(classifier=name, steps=steps)
    return fit(training_images, options, num_classes=num_classes, seed=seed).features


def refuse_channels(name: str, num_channels: int) -> None:
    """Raise InputError if ``pretrained_features`` takes no images of so many channels."""
    if num_channels not in (1, 3):
        raise InputError(
            f"the images have {num_channels} channels but --features={name} takes 1 or 3; convert "
            "them with `data_tools convert --op=convert_to_tfrecords --mode=RGB`, or choose other "
            "features"
        )


def pretrained_features(name: str, weights: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Return the globally averaged last maps of a network of keras.applications: 2048 per image.

    Gray images are repeated in three channels; all are resized to the network's own edge.

    Args:
      name: "resnet50" or "xception".
      weights: file of its weights without top.

    Raises:
      InputError: the file does not hold such weights.
    """
    import keras
    import tensorflow as tf

    from gan_tf.classifiers.weights import read_weights
    from gan_tf.training.batched_function import BatchedFunction
    from gan_tf.training.pixels import to_float

    edge, title = FEATURES[name].edge, _TITLES[name]
    network = getattr(keras.applications, title)(
        include_top=False, weights=None, input_shape=(edge, edge, 3), pooling="avg"
    )
    read_weights(network, weights, title)
    preprocess = getattr(keras.applications, name).preprocess_input

    def features(images: tf.Tensor) -> tf.Tensor:
        color = images if images.shape[-1] == 3 else tf.repeat(images, 3, axis=-1)
        resized = tf.image.resize(to_float(color, (0.0, 255.0)), (edge, edge))
        return network(preprocess(resized), training=False)

    return BatchedFunction(features, BATCH_SIZE)
