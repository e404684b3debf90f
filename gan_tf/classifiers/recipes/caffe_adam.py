"""Adam as implemented by Caffe, the solver of DIGITS."""

from keras import ops

from gan_tf.training.optimizers.fused_adam import FusedAdam


class CaffeAdam(FusedAdam):
    """Adam with a separate learning rate for biases and weight decay added to the gradient.

    Caffe multiplies the rate of each variable (``lr_mult``, 2 for the biases of LeNet) and adds
    the decay to the gradient before the moments. Neither can be done from outside: Adam is
    invariant to the scale of a gradient, and Keras' ``weight_decay`` is the decoupled one of AdamW.

    Args:
      learning_rate: a number or a Keras schedule.
      bias_rate: multiplier of the learning rate for biases.
      l2: multiple of a variable that is added to its gradient.
      **kwargs: passed to ``keras.optimizers.Adam``.
    """

    def __init__(self, learning_rate, *, bias_rate: float = 1.0, l2: float = 0.0, **kwargs):
        super().__init__(learning_rate, epsilon=1e-8, **kwargs)
        self._bias_rate = bias_rate
        self._l2 = l2

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable, Keras' own or the TensorFlow variable inside it ("dense/bias:0")."""
        name = variable.name.rpartition("/")[2].partition(":")[0]
        rate = self._bias_rate if name == "bias" else 1.0
        decayed = ops.add(gradient, ops.multiply(variable, self._l2))
        super().update_step(decayed, variable, learning_rate * rate)
