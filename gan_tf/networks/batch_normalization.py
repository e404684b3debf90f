"""Batch normalization in one fused kernel."""

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization over the last axis, with TensorFlow's fused kernel in training.

    Keras composes the layer of about ten passes over memory and, in mixed precision, float32 copies
    of the features; the kernel reads the features in their own precision and keeps the statistics
    in float32. Variables, constants and (up to rounding) results equal those of
    ``keras.layers.BatchNormalization``, which still computes inference and training with
    ``synchronized=True``.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalize features, float [batch, ..., channels]; shape and dtype are kept."""
        if not (training and self.trainable) or self.synchronized:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        as_image = tf.reshape(inputs, [-1, 1, 1, channels]) if inputs.shape.rank == 2 else inputs
        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=as_image,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else tf.ones([channels]),
            offset=tf.convert_to_tensor(self.beta) if self.center else tf.zeros([channels]),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
        )
        # The kernel returns the unbiased (n-1) variance; Keras uses the biased one.
        count = tf.cast(tf.size(as_image) // channels, tf.float32)
        variance *= (count - 1.0) / count
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return tf.reshape(normalized, tf.shape(inputs))
