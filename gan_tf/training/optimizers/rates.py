"""Learning rates that depend on the step."""

import keras
import tensorflow as tf


def rate_over_steps(
    rate: float, steps: int, decay_start: float, updates_per_step: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """A learning rate for an optimizer: constant, or linear to zero from a share of the steps on.

    Args:
      rate: the rate before the decay.
      steps: number of steps of the run.
      decay_start: share of the steps, 0..1, after which the rate falls; 1 is never.
      updates_per_step: how often the optimizer is applied in one step.
    """
    if decay_start >= 1.0:
        return rate
    return LinearDecay(rate, steps, decay_start, updates_per_step)


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant, then in equal parts down to zero, which is where step number ``steps`` would be.

    Zhu et al., "Unpaired Image-to-Image Translation" (2017), section 4, has this with
    ``decay_start`` 1/2. All updates of one step have one rate. Arguments as in ``rate_over_steps``.
    """

    def __init__(self, rate: float, steps: int, decay_start: float, updates_per_step: int):
        self._rate = rate
        self._steps = steps
        self._first = decay_start * steps
        self._updates_per_step = updates_per_step

    def __call__(self, step):
        """The rate of update number ``step`` of the optimizer, from 0."""
        done = tf.cast(tf.convert_to_tensor(step) // self._updates_per_step, tf.float32)
        left = (self._steps - done) / (self._steps - self._first)
        return self._rate * tf.clip_by_value(left, 0.0, 1.0)
