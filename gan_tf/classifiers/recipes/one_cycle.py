"""The schedule of [Fossen2020]: find a learning rate, then one cycle of rate and momentum."""

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

MIN_RATE, MAX_RATE = 1e-6, 1.0
NUM_SEARCH_STEPS = 100
SMOOTHING = 0.9
DIVERGENCE_FACTOR = 4.0


class OneCycleRate(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises linearly from a tenth of its maximum, then falls to zero along a cosine.

    The improved policy of [Fossen2020], section 2.2.10 and figure 2.19: halves of equal length, the
    second with cosine annealing.

    Args:
      maximum: rate in the middle of the cycle.
      num_steps: number of steps of the cycle.
    """

    def __init__(self, maximum: float, num_steps: int):
        self._maximum = maximum
        self._num_steps = num_steps

    def __call__(self, step):
        """Return the rate at ``step``."""
        start = self._maximum / START_DIVISOR
        return _cycle(step, self._num_steps, (start, self._maximum, 0.0))


class OneCycleAdam(keras.optimizers.Adam):
    """Adam on ``OneCycleRate`` whose beta_1 moves opposite to the rate: 0.95, 0.85, 0.95.

    The fused kernel takes a constant beta_1, so this uses Keras' own update.
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
        """Ignore the constant that Keras sets in its constructor; the cycle replaces it."""


def _cycle(step, num_steps: int, values: tuple[float, float, float]):
    """Interpolate linearly from the first value to the second, then along a cosine to the third."""
    first, middle, last = values
    half = max(num_steps / 2, 1.0)
    step = ops.cast(step, "float32")
    rising = first + (middle - first) * ops.minimum(step / half, 1.0)
    angle = ops.minimum(ops.maximum(step - half, 0.0) / half, 1.0) * np.pi
    return ops.where(step <= half, rising, last + (middle - last) * (1 + ops.cos(angle)) / 2)


class RateSearch:
    """The learning-rate finder: a rate that grows with every batch until the loss diverges.

    Smith 2017, "Cyclical Learning Rates", section 3.3, as in [Fossen2020]: from 1e-6 to 1 over 100
    batches, ending when the smoothed loss is four times its minimum. The suggested rate is a tenth
    of the one with the lowest smoothed loss, near which training is unstable.

    Attributes:
      rates: learning rate of every batch.
      losses: smoothed loss of every batch.

    Args:
      classifier: the classifier, whose weights ``suggested_rate`` restores.
    """

    def __init__(self, classifier: Classifier):
        self._network = classifier.networks["classifier"]
        self._weights = self._network.get_weights()
        self._classifier = classifier
        self.rates: list[float] = []
        self.losses: list[float] = []
        self._average = 0.0

    def stage(self) -> Stage:
        """Return the search as a stage."""
        growth = (MAX_RATE / MIN_RATE) ** (1 / (NUM_SEARCH_STEPS - 1))
        rate = keras.optimizers.schedules.ExponentialDecay(MIN_RATE, 1, growth)
        optimizers = {"classifier": FusedAdam(rate)}
        return Stage(Phase(self._classifier, SCHEDULE, NUM_SEARCH_STEPS, optimizers), self._add)

    def _add(self, steps_done: int, metrics: Callable[[], dict[str, float]]) -> bool:
        loss = metrics()["loss"]
        if not np.isfinite(loss):
            return True
        self._average = SMOOTHING * self._average + (1 - SMOOTHING) * loss
        smoothed = self._average / (1 - SMOOTHING**steps_done)
        exponent = (steps_done - 1) / (NUM_SEARCH_STEPS - 1)
        self.rates.append(MIN_RATE * (MAX_RATE / MIN_RATE) ** exponent)
        self.losses.append(smoothed)
        return smoothed > DIVERGENCE_FACTOR * min(self.losses)

    def suggested_rate(self) -> float:
        """Restore the weights from before the search and return the suggested rate.

        Raises:
          InputError: the loss was NaN or infinite from the first step.
        """
        if not self.losses:
            raise InputError(
                "the loss of a classifier is not finite before any training; give other --weights"
            )
        self._network.set_weights(self._weights)
        return self.rates[int(np.argmin(self.losses))] / 10
