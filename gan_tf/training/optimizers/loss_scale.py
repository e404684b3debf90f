"""Dynamic loss scaling: gradients that float16 can hold."""

from collections.abc import Sequence

import tensorflow as tf

INITIAL = 2.0**15
GROWTH_EVERY = 2000


class LossScale(tf.Module):
    """A factor on one group's loss that is as large as its gradients allow.

    Float16 holds nothing below 6e-8, where many gradients lie; so the loss is multiplied before
    differentiation and the gradients are divided after. If one of them is not finite, the factor
    was too large: it is halved and the update is skipped, which is nothing to be alarmed at. After
    so many updates in a row without that, it is doubled. Micikevicius et al., "Mixed Precision
    Training" (2018), sections 3.2 and 5; constants as in ``keras.optimizers.LossScaleOptimizer``,
    which is not used because it asks every replica for itself whether gradients are finite, so that
    replicas part where one overflows, and because one loss may belong to several optimizers.

    Args:
      initial: the factor at first.
      growth_every: updates in a row after which it is doubled.

    Attributes:
      value: the present factor.
      num_finite: updates since it was last changed.
    """

    def __init__(self, initial: float = INITIAL, growth_every: int = GROWTH_EVERY):
        super().__init__()
        self._growth_every = growth_every
        # Every replica assigns the same.
        same = tf.VariableAggregation.ONLY_FIRST_REPLICA
        self.value = tf.Variable(initial, trainable=False, aggregation=same)
        self.num_finite = tf.Variable(0, trainable=False, aggregation=same)

    def scaled(self, total: tf.Tensor) -> tf.Tensor:
        """The loss to differentiate."""
        return total * self.value

    def unscaled(self, gradients: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        """Gradients of the loss itself, from those of ``scaled``; moves the factor.

        Called in a replica's context. Where a gradient of any replica is not finite, all of them
        are NaN: ``FusedAdam`` with ``skips_nan`` then leaves everything as it is.
        """
        replica = tf.distribute.get_replica_context()
        all_finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
        num_bad = replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(~all_finite, tf.int32))
        finite = tf.equal(num_bad, 0)
        factor = tf.where(finite, 1.0 / self.value, float("nan"))
        found = [gradient * tf.cast(factor, gradient.dtype) for gradient in gradients]
        count = tf.where(finite, self.num_finite + 1, 0)
        grows = count >= self._growth_every
        change = tf.where(finite, tf.where(grows, 2.0, 1.0), 0.5)
        with tf.control_dependencies(found):
            self.value.assign(self.value * change)
            self.num_finite.assign(tf.where(grows, 0, count))
        return found
