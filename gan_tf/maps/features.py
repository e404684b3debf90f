"""What images are compared by in a map of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.maps.choices import FEATURES
from gan_tf.study.design.options import StudyOptions

BATCH_SIZE = 16


_TITLES = {"resnet50": "ResNet50", "xception": "Xception"}


def pixel_features(images: np.ndarray) -> np.ndarray:
    """Pixels as shares of the range, float32 [n, height * width * channels]."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def classifier_features(
    name: str, learning: ImageSet, class_names: tuple[str, ...], steps: int | None, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """What the last layer of a classifier sees, after it has learned from ``learning``.

    Its features of images that it learned from differ from those of others of their kind, so what
    is mapped must not be among them.

    Args:
      name: "lenet" or "resnet20".
      learning: real images.
      class_names: K labels.
      steps: optimizer steps; None for 10 epochs, at least 1000.
      seed: of the classifier.
    """
    import keras

    from gan_tf.classifiers.recipe import recipe
    from gan_tf.study.data.study_data import StudyData
    from gan_tf.study.design.cells import Cell, Replicate
    from gan_tf.study.execution.replicate import trained
    from gan_tf.training.batched_function import BatchedFunction
    from gan_tf.training.pixels import to_float

    nothing = ImageSet(learning.images[:0], learning.labels[:0])
    few = ImageSet(learning.images[:1], learning.labels[:1])
    options = FitOptions(classifier=name, steps=steps).with_steps(len(learning.labels))
    data = StudyData(learning, [nothing], few, class_names)
    replicate = Replicate(Cell("real"), seed, 0)
    _, network = trained(replicate, data, StudyOptions(curve_points=1), options)
    last_but_one = keras.Model(network.inputs, network.layers[-1].input)
    pixel_range = recipe(name).pixel_range
    return BatchedFunction(
        lambda images: last_but_one(to_float(images, pixel_range), training=False), BATCH_SIZE
    )


def refuse_channels(name: str, num_channels: int) -> None:
    """Raises InputError where ``pretrained_features`` takes no images of so many channels."""
    if num_channels not in (1, 3):
        raise InputError(
            f"the images have {num_channels} channels but --features={name} takes 1 or 3; convert "
            "them with `data_tools convert --op=convert_to_tfrecords --mode=RGB`, or choose another"
        )


def pretrained_features(name: str, weights: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Global averages of the last maps of a network of keras.applications, 2048 an image.

    Gray images are repeated in three channels; all are resized to the network's own edge.

    Args:
      name: "resnet50" or "xception".
      weights: file of its weights without top.

    Raises:
      InputError: the file is not such weights.
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
    prepared = getattr(keras.applications, name).preprocess_input

    def features(images: tf.Tensor) -> tf.Tensor:
        color = images if images.shape[-1] == 3 else tf.repeat(images, 3, axis=-1)
        resized = tf.image.resize(to_float(color, (0.0, 255.0)), (edge, edge))
        return network(prepared(resized), training=False)

    return BatchedFunction(features, BATCH_SIZE)
