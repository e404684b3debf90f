"""[Fossen2020]'s way of training: find a rate, then one cycle of rate and momentum."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from data_tools.errors import InputError
from gan_tf.classifiers.objective import SCHEDULE, Classifier
from gan_tf.classifiers.recipe import Stage
from gan_tf.training.objective import Phase
from gan_tf.training.optimizers.fused_adam import FusedAdam

LOW_MOMENTUM, HIGH_MOMENTUM = 0.85, 0.95
START_DIVISOR = 10.0

FIRST_RATE, LAST_RATE = 1e-6, 1.0
NUM_SEARCH_STEPS = 100
SMOOTHING = 0.9
DIVERGED = 4.0


class OneCycleRate(keras.optimizers.schedules.LearningRateSchedule):
    """Linear from a tenth of the maximum up to it, then by a cosine to zero.

    The improved policy of [Fossen2020], section 2.2.10 and figure 2.19: halves of equal length, the
    second annealed by a cosine.

    Args:
      maximum: the rate at the middle of the run.
      num_steps: steps of the run.
    """

    def __init__(self, maximum: float, num_steps: int):
        self._maximum = maximum
        self._num_steps = num_steps

    def __call__(self, step):
        """The rate at ``step``."""
        start = self._maximum / START_DIVISOR
        return _cycle(step, self._num_steps, (start, self._maximum, 0.0))


class OneCycleAdam(keras.optimizers.Adam):
    """Adam on ``OneCycleRate`` whose first decay moves opposite to the rate: 0.95, 0.85, 0.95.

    The fused kernel takes a constant decay, so this is Keras' own update.
    """

    def __init__(self, maximum: float, num_steps: int):
        super().__init__(OneCycleRate(maximum, num_steps))
        self._num_steps = num_steps

    @property
    def beta_1(self):
        """The momentum at the current step."""
        momenta = (HIGH_MOMENTUM, LOW_MOMENTUM, HIGH_MOMENTUM)
        return _cycle(self.iterations, self._num_steps, momenta)

    @beta_1.setter
    def beta_1(self, value):
        """Keras sets a constant while it builds; the cycle takes its place."""


def _cycle(step, num_steps: int, values: tuple[float, float, float]):
    """From the first value linearly to the second, then by a half cosine to the third."""
    first, middle, last = values
    half = max(num_steps / 2, 1.0)
    step = ops.cast(step, "float32")
    rising = first + (middle - first) * ops.minimum(step / half, 1.0)
    angle = ops.minimum(ops.maximum(step - half, 0.0) / half, 1.0) * np.pi
    return ops.where(step <= half, rising, last + (middle - last) * (1 + ops.cos(angle)) / 2)


class RateSearch:
    """The learning-rate finder: a rate that grows at every batch until the loss explodes.

    Smith 2017, "Cyclical Learning Rates", section 3.3, as [Fossen2020] uses it: from 1e-6 up to 1
    over 100 batches, ended when the smoothed loss is four times its minimum. The pick is a tenth
    of the rate where the smoothed loss was least: near the minimum itself training is unstable.

    Args:
      classifier: its weights are put back by ``picked``.
    """

    def __init__(self, classifier: Classifier):
        self._network = classifier.networks["classifier"]
        self._weights = self._network.get_weights()
        self._classifier = classifier
        self.rates: list[float] = []
        self.losses: list[float] = []
        self._average = 0.0

    def stage(self) -> Stage:
        """The search as a stage."""
        growth = (LAST_RATE / FIRST_RATE) ** (1 / (NUM_SEARCH_STEPS - 1))
        rate = keras.optimizers.schedules.ExponentialDecay(FIRST_RATE, 1, growth)
        optimizers = {"classifier": FusedAdam(rate)}
        return Stage(Phase(self._classifier, SCHEDULE, NUM_SEARCH_STEPS, optimizers), self._add)

    def _add(self, steps_done: int, metrics: Callable[[], dict[str, float]]) -> bool:
        loss = metrics()["loss"]
        if not np.isfinite(loss):
            return True
        self._average = SMOOTHING * self._average + (1 - SMOOTHING) * loss
        smoothed = self._average / (1 - SMOOTHING**steps_done)
        exponent = (steps_done - 1) / (NUM_SEARCH_STEPS - 1)
        self.rates.append(FIRST_RATE * (LAST_RATE / FIRST_RATE) ** exponent)
        self.losses.append(smoothed)
        return smoothed > DIVERGED * min(self.losses)

    def picked(self) -> float:
        """The rate found; the weights are those of before the search again.

        Raises:
          InputError: the loss was NaN or infinite from the first step on.
        """
        if not self.losses:
            raise InputError(
                "the loss of a classifier is not finite before it has learned anything; give "
                "--weights another value"
            )
        self._network.set_weights(self._weights)
        return self.rates[int(np.argmin(self.losses))] / 10
