"""What a study will cost, from a few steps of one of its replicates that leave no trace."""

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.objective import Predictor
from gan_tf.classifiers.recipe import Stage
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.feed import TrainingFeed
from gan_tf.study.execution.replicate import prepare_replicate
from gan_tf.training.loop import run_phase

#: Steps that are not timed, as they wait for compilation, and steps that are.
NUM_FIRST_STEPS, NUM_TIMED_STEPS = 3, 5


class Cost(NamedTuple):
    """Cost of a study on this machine.

    Attributes:
      num_replicates: classifiers that it trains.
      num_steps: of all of them together, without searches for a rate.
      seconds_per_step: on one thread, mean over the stages of a replicate weighted by their steps,
        with searches.
      seconds_per_look: of judging the test and validation images once.
      total_seconds: of all replicates, as many at a time as there are workers; early stopping makes
        it less, and workers that share memory and cores make it more.
    """

    num_replicates: int
    num_steps: int
    seconds_per_step: float
    seconds_per_look: float
    total_seconds: float


def estimated_cost(
    replicates: Sequence[Replicate],
    data: StudyData,
    options: StudyOptions,
    fit_options: FitOptions,
    num_workers: int,
) -> Cost:
    """Times a few steps of each stage of the first replicate, and one look, and extrapolates.

    Args:
      replicates: every replicate of the study.
      data: its images.
      options: points of the curves.
      fit_options: with steps or epochs.
      num_workers: replicates at the same time.
    """
    beginning = prepare_replicate(replicates[0], data, options, fit_options)
    predictor = Predictor(beginning.network, beginning.way.pixel_range)
    predictor(data.test.images[:1])
    started = time.perf_counter()
    predictor(data.test.images[:1])
    seconds_per_batch = time.perf_counter() - started
    num_judged = [len(data.test.labels)]
    if data.validation is not None:
        num_judged.append(len(data.validation.labels))
    num_batches = sum(math.ceil(number / predictor.batch_size) for number in num_judged)
    seconds_per_look = num_batches * seconds_per_batch
    of_steps = 0.0
    for stage in beginning.way.stages(beginning.classifier, beginning.num_steps, {}):
        of_steps += stage.phase.steps * _seconds_per_step(stage, beginning.feed)
    seconds_per_step = of_steps / beginning.num_steps
    sizes = {one.cell.name: len(data.training_set(one, options.kept_shares)) for one in replicates}
    num_steps = sum(fit_options.num_steps(sizes[replicate.cell.name]) for replicate in replicates)
    num_looks = len(replicates) * options.curve_points
    return Cost(
        num_replicates=len(replicates),
        num_steps=num_steps,
        seconds_per_step=seconds_per_step,
        seconds_per_look=seconds_per_look,
        total_seconds=(num_steps * seconds_per_step + num_looks * seconds_per_look)
        / min(num_workers, len(replicates)),
    )


def _seconds_per_step(stage: Stage, feed: TrainingFeed) -> float:
    """Of a few steps of a stage, which is then over; a search sees them as its own."""
    first = min(NUM_FIRST_STEPS, stage.phase.steps - 1)
    last = min(first + NUM_TIMED_STEPS, stage.phase.steps)
    times = {0: time.perf_counter()}

    def look(done, metrics):
        metrics()  # Waits for the device.
        times[done] = time.perf_counter()
        if stage.search:
            stage.search(done, metrics)
        return done == last

    run_phase(stage.phase, feed, seed=0, after_step=look, eval_steps=[first, last])
    return (times[last] - times[first]) / (last - first)


def as_text(cost: Cost, options: StudyOptions, fit_options: FitOptions, num_workers: int) -> str:
    """The cost as lines for a terminal."""
    at_a_time = min(num_workers, cost.num_replicates)
    return "\n".join(
        [
            f"replicates: {cost.num_replicates:,} of {fit_options.classifier}",
            f"steps: {cost.num_steps:,} of batch {fit_options.batch_size} in all, "
            f"{cost.seconds_per_step:.3f} s each on one thread of this machine, measured",
            f"time: about {cost.total_seconds / 3600:,.1f} hours with {at_a_time} replicates at a "
            f"time, {options.curve_points} looks of {cost.seconds_per_look:.1f} s in each",
        ]
    )
