"""The choice of ``--hours``: network, batch and number of steps for a time; no TensorFlow."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from data_tools.command_line import flag_lines
from gan_tf.runs.choices.choice import Choice
from gan_tf.runs.config import TrainConfig

#: Factors of the family's width and batch size, from the best and slowest to the fastest.
SIZES = ((1.0, 1.0), (1.0, 0.5), (0.5, 1.0), (0.5, 0.5), (0.25, 0.5))
#: A run with fewer steps, or fewer passes over the images, is unfinished.
ENOUGH_STEPS = 5000
ENOUGH_PASSES = 5
#: Share of the steps after which learning rates decay to 0.
DECAY_START = 0.75
#: Share of the time left for sample grids and checkpoints, without and with metrics of samples.
RESERVED, RESERVED_WITH_METRICS = 0.1, 0.2


class Size(NamedTuple):
    """A size of training: ``--width`` and ``--batch_size``."""

    width: float
    batch_size: int


class StepTime(NamedTuple):
    """Measured times in seconds: of the first step, which compiles, and of each one after it."""

    first: float
    others: float


class Trial(NamedTuple):
    """A measured size.

    Attributes:
      size: the size.
      step_time: its measured times.
      steps: number of steps in the time budget, at least 1.
      enough_steps: number of steps below which training is unfinished.
    """

    size: Size
    step_time: StepTime
    steps: int
    enough_steps: int


@dataclass(frozen=True)
class TimeBudget:
    """A time for training.

    Attributes:
      hours: the time.
      num_images: number of training images.
      has_metrics: whether metrics of samples are computed.
    """

    hours: float
    num_images: int
    has_metrics: bool = False

    @property
    def reserved(self) -> float:
        """Share of the time that is not for steps."""
        return RESERVED_WITH_METRICS if self.has_metrics else RESERVED

    def steps(self, step_time: StepTime) -> int:
        """Return the number of steps, at least 1, that fit.

        >>> TimeBudget(1.0, 3000).steps(StepTime(first=20.5, others=0.5))
        6440
        """
        seconds = 3600.0 * self.hours * (1.0 - self.reserved) - step_time.first
        return max(1, 1 + math.floor(seconds / step_time.others))

    def enough_steps(self, batch_size: int) -> int:
        """Return the number of steps below which training is unfinished.

        >>> TimeBudget(1.0, 120000).enough_steps(64)
        9375
        """
        return max(ENOUGH_STEPS, math.ceil(ENOUGH_PASSES * self.num_images / batch_size))


def sizes(
    width: float,
    batch_size: int,
    *,
    fixed_width: bool = False,
    fixed_batch_size: bool = False,
    num_replicas: int = 1,
) -> list[Size]:
    """Return the sizes to choose from, the best and slowest first.

    >>> sizes(1.0, 64, fixed_width=True)
    [Size(width=1.0, batch_size=64), Size(width=1.0, batch_size=32)]

    Args:
      width, batch_size: those of the family, or given by the user.
      fixed_width, fixed_batch_size: whether the user gave them.
      num_replicas: number of replicas among which batches are divided.
    """
    ladder = []
    for width_factor, batch_factor in SIZES:
        batch = batch_size if fixed_batch_size else max(1, int(batch_size * batch_factor))
        size = Size(width if fixed_width else width * width_factor, batch)
        if size not in ladder and batch % num_replicas == 0:
            ladder.append(size)
    return ladder


def measured_trials(
    sizes: Sequence[Size], measure: Callable[[Size], StepTime], budget: TimeBudget
) -> list[Trial]:
    """Measure sizes until one has enough steps, and return those that were measured."""
    trials = []
    for size in sizes:
        step_time = measure(size)
        enough = budget.enough_steps(size.batch_size)
        trials.append(Trial(size, step_time, budget.steps(step_time), enough))
        if trials[-1].steps >= enough:
            break
    return trials


def best_trial(trials: Sequence[Trial]) -> Trial:
    """Return the first trial with enough steps, or else the one nearest to them."""
    return max(trials, key=lambda trial: min(1.0, trial.steps / trial.enough_steps))


def chosen_for_time(
    budget: TimeBudget,
    config: TrainConfig,
    given: Collection[str],
    measure: Callable[[TrainConfig], StepTime],
    num_replicas: int = 1,
) -> tuple[Choice, list[Trial]]:
    """Measure sizes of training, and choose one and its number of steps.

    Args:
      budget: the time.
      config: config of the run; its steps are ignored.
      given: names of the flags that the user gives, which are not chosen.
      measure: returns the times of the steps of a run.
      num_replicas: number of replicas.

    Returns:
      The choice and what was measured.
    """
    candidates = sizes(
        config.width,
        config.batch_size,
        fixed_width="width" in given,
        fixed_batch_size="batch_size" in given,
        num_replicas=num_replicas,
    )
    trials = measured_trials(
        candidates, lambda size: measure(replace(config, **size._asdict())), budget
    )
    best = best_trial(trials)
    flags = {"steps": best.steps, **best.size._asdict()}
    # Rates go by the number of updates, which the margin changes, or decay as the family says.
    if not config.margin and config.decay_start == 1.0:
        flags["decay_start"] = DECAY_START
    return Choice(budget.hours, {k: v for k, v in flags.items() if k not in given}), trials


def as_text(trials: Sequence[Trial], budget: TimeBudget, flags: Mapping[str, Any]) -> str:
    """Return what was measured, the chosen flags and why, as lines.

    Args:
      trials: the measured sizes.
      budget: the time.
      flags: the chosen flags.
    """
    best = best_trial(trials)
    metrics = ", metrics" if budget.has_metrics else ""
    lines = [
        f"--hours={budget.hours:g} is {duration(3600 * budget.hours)}; {budget.reserved:.0%} of it "
        f"is left for sample grids{metrics} and checkpoints",
        *(_trial_text(trial) for trial in trials),
        f"chosen: {' '.join(flag_lines(flags))}",
    ]
    if best.steps >= best.enough_steps:
        lines.append("it has enough steps, so no narrower network or smaller batch is tried")
    else:
        lines.append("none has enough steps, this one most of them: expect poor images")
    if "decay_start" in flags:
        first = math.floor(best.steps * flags["decay_start"])
        lines.append(f"learning rates decay to zero from step {first:,} on")
    return "\n  ".join(lines)


def _trial_text(trial: Trial) -> str:
    width, batch_size = trial.size
    return (
        f"width {width:g}, batch size {batch_size}: {trial.step_time.others:.3g} s per step, "
        f"{trial.steps:,} steps; {trial.enough_steps:,} are enough"
    )


def duration(seconds: float) -> str:
    """Return a duration in words.

    >>> duration(108), duration(5400)
    ('1 min 48 s', '1 h 30 min')
    """
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
