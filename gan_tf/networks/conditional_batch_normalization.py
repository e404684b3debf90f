"""Batch normalization with a gain and a shift for each class.

Source: Dumoulin et al., "A Learned Representation for Artistic Style" (2017), equation 5; Miyato
and Koyama, "cGANs with Projection Discriminator" (2018), section 4.
"""

import tensorflow as tf

from gan_tf.networks.batch_normalization import FusedBatchNormalization


class ConditionalBatchNormalization(FusedBatchNormalization):
    """Batch normalization of features, then the gain and the shift of their class.

    Statistics are taken over all classes. Gains are initialized to 1, shifts to 0. Call it with
    ``[features, y]``: float [batch, height, width, channels] and [batch, num_classes], the rows of
    which are one-hot labels or blends of them, which blend gains and shifts.

    Args:
      **options: passed to ``FusedBatchNormalization``.
    """

    def __init__(self, **options):
        super().__init__(scale=False, center=False, **options)

    def build(self, input_shape):
        """Create a gain and a shift for each class and channel."""
        features, (_, num_classes) = input_shape
        super().build(features)
        self.input_spec = None  # Keras' own describes a single input.
        shape = [num_classes, features[-1]]
        self.gain = self.add_weight(name="gain", shape=shape, initializer="ones")
        self.shift = self.add_weight(name="shift", shape=shape, initializer="zeros")

    def call(self, inputs, training=None):
        """Normalize features; shape and dtype are kept."""
        features, y = inputs
        normalized = super().call(features, training=training)
        gain, shift = (
            tf.matmul(y, tf.convert_to_tensor(table))[:, tf.newaxis, tf.newaxis]
            for table in (self.gain, self.shift)
        )
        return normalized * gain + shift

    def compute_output_shape(self, input_shape):
        """Return the shape of the features."""
        return input_shape[0]
