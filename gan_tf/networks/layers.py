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


class NetworkSettings(NamedTuple):
    """What all layers of a network share.

    Attributes:
      seed: same seed, same initial weights.
      width: multiplies the channels and units of hidden layers; 1 is the source's network.
      dtype: Keras dtype policy of hidden layers; what enters a loss is float32 in any case.
      synchronized: True to normalise batches over all replicas.
    """

    seed: int
    width: float = 1.0
    dtype: DTypePolicy = "float32"
    synchronized: bool = False


def layer_seeds(seed: int) -> Iterator[int]:
    """A different initialiser seed for each layer of a network, all following from ``seed``."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))


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
