"""Options and normalization that all architectures share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np

from gan_tf.networks.batch_normalization import FusedBatchNormalization
from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization

DTypePolicy = str | keras.DTypePolicy


@dataclass(frozen=True)
class NetworkOptions:
    """Options that all layers of a network share.

    Attributes:
      seed: seed of the initial weights.
      width: multiplier of the channels and units of hidden layers; 1 is the source's network.
      dtype: Keras dtype policy of hidden layers; the inputs of a loss are always float32.
      synchronized: whether batch statistics are taken over all replicas.
      normalization: ``kind`` of ``Normalization``.
      spectral_norm: whether kernels are divided by their largest singular value.
    """

    seed: int
    width: float = 1.0
    dtype: DTypePolicy = "float32"
    synchronized: bool = False
    normalization: str = "batch"
    spectral_norm: bool = False


class Normalization(NamedTuple):
    """Constants of batch normalization, and what replaces it.

    Attributes:
      momentum: share of the moving average that each batch keeps.
      epsilon: constant added to the variance.
      synchronized: whether statistics are taken over all replicas; needed when there are several.
      kind: ``batch``; ``layer``, over the features of each image with a gain and a shift per
        channel (Ba et al., "Layer Normalization", 2016); or ``none``.
    """

    momentum: float
    epsilon: float
    synchronized: bool = False
    kind: str = "batch"

    def with_options(self, options: NetworkOptions) -> "Normalization":
        """Return these constants with the kind and synchronization of a network's options."""
        return self._replace(synchronized=options.synchronized, kind=options.normalization)

    def layer(self, dtype: DTypePolicy) -> keras.layers.Layer:
        """Return a new layer of this normalization."""
        if self.kind == "none":
            return keras.layers.Identity(dtype=dtype)
        if self.kind == "layer":
            return keras.layers.GroupNormalization(groups=1, epsilon=self.epsilon, dtype=dtype)
        return FusedBatchNormalization(dtype=dtype, **self._batch_options())

    def conditional_layer(self, dtype: DTypePolicy) -> keras.layers.Layer:
        """Return a new layer of batch normalization with a gain and a shift for each class."""
        return ConditionalBatchNormalization(dtype=dtype, **self._batch_options())

    def _batch_options(self):
        return {
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "synchronized": self.synchronized,
        }


def layer_seeds(seed: int) -> Iterator[int]:
    """Yield a different initializer seed for each layer of a network, derived from ``seed``."""
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))
