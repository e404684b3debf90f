"""Adam with TensorFlow's fused kernel."""

import keras
import tensorflow as tf


class FusedAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba, 2015) with one kernel per variable.

    Keras composes the update of about ten elementwise ops, each a pass through memory; for networks
    of a few million weights they take a third of a training step on a CPU. The variables, their
    order and the result (to rounding) are those of ``keras.optimizers.Adam``.

    Args:
      learning_rate, kwargs: see ``keras.optimizers.Adam``.
      skips_nan: True to leave weights, slots and the count of updates unchanged if the first
        element of a gradient is NaN, which marks an update that ``LossScale`` skips.
    """

    def __init__(self, learning_rate=0.001, *, skips_nan: bool = False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self._skips_nan = skips_nan

    def apply(self, grads, trainable_variables=None):
        """Update all variables."""
        if not self._skips_nan:
            return super().apply(grads, trainable_variables)
        super().apply(grads, trainable_variables)
        skipped = tf.cast(_first_is_nan(grads[0]), self.iterations.dtype)
        return self.iterations.value.assign_sub(skipped)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable; called by Keras."""
        if not self._skips_nan:
            return self._fused_update(gradient, variable, learning_rate)
        return tf.cond(
            _first_is_nan(gradient),
            lambda: tf.no_op(),
            lambda: self._fused_update(gradient, variable, learning_rate),
        )

    def _fused_update(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        beta_1 = tf.constant(self.beta_1, tf.float32)
        beta_2 = tf.constant(self.beta_2, tf.float32)
        return tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=beta_1**step,
            beta2_power=beta_2**step,
            lr=tf.cast(learning_rate, tf.float32),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, variable.dtype),
        )


def _first_is_nan(gradient: tf.Tensor) -> tf.Tensor:
    return tf.math.is_nan(tf.reshape(gradient, [-1])[0])
