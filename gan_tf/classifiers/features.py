"""Features of classifiers: builders of ``gan_tf.metrics.EXTRACTORS``.

They return functions from uint8 images [n, height, width, channels] to features, float32 [n, d].
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import fit
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.classifiers.weights import read_weights
from gan_tf.metrics import EXTRACTORS
from gan_tf.metrics.compute import ExtractorOptions, LearningImages
from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.pixels import to_float

BATCH_SIZE = 16

_TITLES = {"resnet50": "ResNet50", "xception": "Xception", "inception_v3": "InceptionV3"}


def trained_extractor(
    name: str, learning: LearningImages, options: ExtractorOptions
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a classifier and return a function that computes the input of its last layer.

    Features of its training images differ from those of other images of the same distribution, so
    images to compare must not be among the training images.

    Args:
      name: name of a classifier.
      learning: real images to train on.
      options: steps and seed of its training.

    Raises:
      InputError: the classifier does not take images of this shape.
    """
    refuse_images(name, learning.images.shape[1:])
    return fit(
        ImageSet(learning.images, learning.labels),
        FitOptions(classifier=name, steps=options.steps),
        num_classes=learning.num_classes,
        seed=options.seed,
    ).features


def pretrained_extractor(
    name: str, learning: LearningImages | None, options: ExtractorOptions
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that computes the pooled last feature maps of a pretrained network.

    The network is one of keras.applications and gives 2048 features per image. Gray images are
    repeated in three channels; all are resized to the network's own edge.

    Args:
      name: "resnet50", "xception" or "inception_v3".
      learning: unused.
      options: ``weights`` is the file of the network's weights without top.

    Raises:
      InputError: the file does not hold such weights, or (when called) images of neither 1 nor 3
        channels.
    """
    edge, title = EXTRACTORS[name].edge, _TITLES[name]
    network = getattr(keras.applications, title)(
        include_top=False, weights=None, input_shape=(edge, edge, 3), pooling="avg"
    )
    read_weights(network, options.weights, title)
    preprocess = getattr(keras.applications, name).preprocess_input

    def features(images: tf.Tensor) -> tf.Tensor:
        color = images if images.shape[-1] == 3 else tf.repeat(images, 3, axis=-1)
        resized = tf.image.resize(to_float(color, (0.0, 255.0)), (edge, edge))
        return network(preprocess(resized), training=False)

    return BatchedFunction(features, BATCH_SIZE)


def refuse_channels(flag: str, num_channels: int) -> None:
    """Raise InputError unless ``pretrained_extractor`` accepts this number of channels.

    Args:
      flag: the flag that asks for its features, with its value.
      num_channels: number of channels.
    """
    if num_channels not in (1, 3):
        raise InputError(
            f"the images have {num_channels} channels but {flag} takes 1 or 3; convert them with "
            "`data_tools convert --op=convert_to_tfrecords --mode=RGB`, or choose another value"
        )
