"""Averaged generator weights and their batch-norm statistics."""

from collections.abc import Callable

import keras
import tensorflow as tf


class WeightAverage:
    """An exponential moving average of a network's trainable weights, held by a second network.

    The decay is ramped, min(decay, (1 + t) / (10 + t)) after t updates, as in TensorFlow's
    ``tf.train.ExponentialMovingAverage`` with ``num_updates``: a constant 0.999 would leave 22 % of
    the initial weights after 1,500 steps.

    Args:
      source: the trained network.
      average: a network of the same architecture, initialized here to ``source``'s weights.
      decay: the final decay, 0 <= decay < 1.

    Attributes:
      network: the network with the averaged weights.
    """

    def __init__(self, source: keras.Model, average: keras.Model, decay: float):
        self._source = source
        self.network = average
        self._decay = decay
        for target, value in zip(average.variables, source.variables, strict=True):
            target.assign(value)

    def update(self, num_updates: tf.Tensor) -> None:
        """Update the average; ``num_updates`` is the number of earlier calls."""
        count = tf.cast(num_updates, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + count) / (10.0 + count))
        pairs = zip(self.network.trainable_variables, self._source.trainable_variables, strict=True)
        for average, value in pairs:
            average.value.assign_add((1.0 - decay) * (value.value - average.value))


def reestimate_batch_statistics(
    network: keras.Model, inputs: Callable[[int], object], num_batches: int = 16
) -> None:
    """Set the moving statistics of batch normalization to their mean over fresh batches.

    The statistics collected during training belong to the trained weights, not to the average.

    Args:
      network: only its batch-normalization statistics are changed.
      inputs: batch index -> input of the network.
      num_batches: number of batches to average.
    """
    layers = [x for x in network.layers if isinstance(x, keras.layers.BatchNormalization)]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    try:
        for index in range(num_batches):
            for layer in layers:
                # With momentum i / (i + 1) the moving value is the mean of the first i + 1 batches.
                layer.momentum = index / (index + 1)
            network(inputs(index), training=True)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
