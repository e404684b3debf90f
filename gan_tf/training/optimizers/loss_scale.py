"""Dynamic loss scaling for float16."""

from collections.abc import Sequence

import tensorflow as tf

INITIAL = 2.0**15
GROWTH_EVERY = 2000


class LossScale(tf.Module):
    """The loss scale of one group of networks.

    Many gradients are below 6e-8, the smallest float16 number, so the loss is multiplied by the
    scale before differentiation and the gradients are divided by it afterwards. If a gradient is
    not finite, the scale was too large: it is halved and the update is skipped, which is not a
    failure. After a number of consecutive finite updates it is doubled.

    Micikevicius et al., "Mixed Precision Training" (2018), sections 3.2 and 5; constants as in
    ``keras.optimizers.LossScaleOptimizer``, which is not used because it checks each replica
    separately for finite gradients, so that replicas diverge if one overflows, and because several
    optimizers may share one loss.

    Args:
      initial: initial scale.
      growth_every: number of consecutive finite updates after which the scale is doubled.

    Attributes:
      value: the current scale.
      num_finite: number of finite updates since the scale last changed.
    """

    def __init__(self, initial: float = INITIAL, growth_every: int = GROWTH_EVERY):
        super().__init__()
        self._growth_every = growth_every
        # Every replica assigns the same value.
        same = tf.VariableAggregation.ONLY_FIRST_REPLICA
        self.value = tf.Variable(initial, trainable=False, aggregation=same)
        self.num_finite = tf.Variable(0, trainable=False, aggregation=same)

    def scaled(self, total: tf.Tensor) -> tf.Tensor:
        """Return the loss to differentiate."""
        return total * self.value

    def unscale(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Return the gradients of the loss from those of ``scaled``, and adjust the scale.

        Must be called in replica context. If a gradient of any replica is not finite, all returned
        gradients are NaN: ``FusedAdam`` with ``skips_nan`` then skips the update.
        """
        replica = tf.distribute.get_replica_context()
        all_finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
        num_bad = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(~all_finite, tf.int32))
        finite = tf.equal(num_bad, 0)
        factor = tf.where(finite, 1.0 / self.value, float("nan"))
        unscaled = [gradient * tf.cast(factor, gradient.dtype) for gradient in gradients]
        count = tf.where(finite, self.num_finite + 1, 0)
        grows = count >= self._growth_every
        change = tf.where(finite, tf.where(grows, 2.0, 1.0), 0.5)
        with tf.control_dependencies(unscaled):
            self.value.assign(self.value * change)
            self.num_finite.assign(tf.where(grows, 0, count))
        return unscaled
