"""Layers and settings that several architectures share."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

DTypePolicy = str | keras.DTypePolicy


class Normalisation(NamedTuple):
    """Constants of batch normalisation.

    Attributes:
      momentum: share of the old moving value that each batch keeps (its decay).
      epsilon: added to the variance.
      synchronized: True to take the statistics over all replicas; needed when there are several.
    """

    momentum: float
    epsilon: float
    synchronized: bool = False

    def layer(self, dtype: DTypePolicy) -> keras.layers.BatchNormalization:
        """A batch-normalisation layer with these constants."""
        return keras.layers.BatchNormalization(
            momentum=self.momentum,
            epsilon=self.epsilon,
            synchronized=self.synchronized,
            dtype=dtype,
        )


def layer_seeds(seed: int) -> Iterator[int]:
    """A different initialiser seed for each layer of a network, all following from ``seed``."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))


def scaled(count: int, width: float) -> int:
    """``count`` channels or units times ``width``, at least one.

    >>> scaled(128, 0.25)
    32
    """
    return max(1, round(count * width))


class LabelPlanes(keras.layers.Layer):
    """Appends one constant plane per class to a feature map.

    Called with ``[features, labels]``, float [batch, height, width, channels] and one-hot float
    [batch, num_classes]; returns [batch, height, width, channels + num_classes], where every pixel
    of plane ``channels + k`` is ``labels[:, k]``. Source: document B, section 5.4, tables 5.1, 5.2.
    """

    def call(self, inputs):
        """See the class."""
        features, labels = inputs
        height, width = features.shape[1:3]
        planes = tf.broadcast_to(
            tf.cast(labels, features.dtype)[:, tf.newaxis, tf.newaxis, :],
            [tf.shape(features)[0], height, width, labels.shape[-1]],
        )
        return ops.concatenate([features, planes], axis=-1)

    def compute_output_shape(self, input_shape):
        """Shape of what ``call`` returns, for shapes of its inputs."""
        (batch, height, width, channels), (_, num_classes) = input_shape
        return batch, height, width, channels + num_classes
