"""Layers and settings that several architectures share."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np

from gan_tf.networks.batch_normalization import FusedBatchNormalization

DTypePolicy = str | keras.DTypePolicy


class Normalization(NamedTuple):
    """Constants of batch normalization, and what stands in its place.

    Attributes:
      momentum: share of the old moving value that each batch keeps (its decay).
      epsilon: added to the variance.
      synchronized: True to take the statistics over all replicas; needed when there are several.
      kind: ``batch``; ``layer``, over the features of each image with a gain and shift for each
        channel (Ba et al., "Layer Normalization", 2016); or ``none``.
    """

    momentum: float
    epsilon: float
    synchronized: bool = False
    kind: str = "batch"

    def under(self, settings: "NetworkSettings") -> "Normalization":
        """These constants, with what a network's settings say."""
        return self._replace(synchronized=settings.synchronized, kind=settings.normalization)

    def layer(self, dtype: DTypePolicy) -> keras.layers.Layer:
        """A layer that normalizes so."""
        if self.kind == "none":
            return keras.layers.Identity(dtype=dtype)
        if self.kind == "layer":
            return keras.layers.GroupNormalization(groups=1, epsilon=self.epsilon, dtype=dtype)
        return FusedBatchNormalization(
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
      synchronized: True to normalize batches over all replicas.
      normalization: kind of ``Normalization``.
      spectral_norm: True to divide kernels by their largest singular value.
    """

    seed: int
    width: float = 1.0
    dtype: DTypePolicy = "float32"
    synchronized: bool = False
    normalization: str = "batch"
    spectral_norm: bool = False


def layer_seeds(seed: int) -> Iterator[int]:
    """A different initializer seed for each layer of a network, all following from ``seed``."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))
