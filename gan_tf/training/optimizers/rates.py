"""Learning-rate schedules."""

import keras
import tensorflow as tf


def rate_over_steps(
    rate: float, steps: int, decay_start: float, updates_per_step: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that is constant, then decays linearly to zero.

    Args:
      rate: rate before the decay.
      steps: number of steps of the run.
      decay_start: fraction of the steps, 0..1, after which the rate decays; 1 for never.
      updates_per_step: number of updates of the optimizer per step.
    """
    if decay_start >= 1.0:
        return rate
    return LinearDecay(rate, steps, decay_start, updates_per_step)


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is constant, then decays linearly, reaching zero after the last step.

    As in Zhu et al., "Unpaired Image-to-Image Translation" (2017), section 4, with ``decay_start``
    1/2. All updates of a step have the same rate. Arguments as in ``rate_over_steps``.
    """

    def __init__(self, rate: float, steps: int, decay_start: float, updates_per_step: int):
        self._rate = rate
        self._steps = steps
        self._first = decay_start * steps
        self._updates_per_step = updates_per_step

    def __call__(self, step):
        """Return the rate of update ``step`` (from 0) of the optimizer."""
        done = tf.cast(tf.convert_to_tensor(step) // self._updates_per_step, tf.float32)
        left = (self._steps - done) / (self._steps - self._first)
        return self._rate * tf.clip_by_value(left, 0.0, 1.0)
