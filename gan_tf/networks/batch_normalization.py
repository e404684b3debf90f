"""Batch normalization in one kernel."""

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer over the last axis, computed in training by TensorFlow's fused kernel.

    Keras composes it of some ten passes through memory and, in mixed precision, copies of the
    features in float32; the kernel reads the features as they are and keeps statistics in float32.
    Variables, constants and results (to rounding) are those of ``keras.layers.BatchNormalization``,
    which also computes inference, and training with ``synchronized=True``.
    """

    def call(self, inputs, training=None, mask=None):
        """Features float [batch, ..., channels] to the same shape and type."""
        if not (training and self.trainable) or self.synchronized:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        as_image = tf.reshape(inputs, [-1, 1, 1, channels]) if inputs.shape.rank == 2 else inputs
        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=as_image,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
        )
        # The kernel divides the squares by one example less than there are; Keras does not.
        count = tf.cast(tf.size(as_image) // channels, tf.float32)
        variance *= (count - 1.0) / count
        for moving, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + found * (1.0 - self.momentum))
        return tf.reshape(normalized, tf.shape(inputs))
