"""The cost of a study, estimated from a few steps of one replicate."""

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.objective import Predictor
from gan_tf.classifiers.recipe import Stage
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.replicate import prepare_replicate
from gan_tf.training.loop import run_phase

#: Steps that are not timed, because they include compilation, and steps that are.
NUM_WARMUP_STEPS, NUM_TIMED_STEPS = 3, 5


class Cost(NamedTuple):
    """Cost of a study on this machine.

    Attributes:
      num_replicates: number of classifiers trained.
      num_steps: of all of them together, not counting searches for a learning rate.
      seconds_per_step: on one thread, mean over the stages of a replicate weighted by their steps,
        including searches.
      seconds_per_evaluation: of scoring the test and validation images once.
      total_seconds: of all replicates, one per worker at a time; less with early stopping, more if
        workers compete for memory and cores.
    """

    num_replicates: int
    num_steps: int
    seconds_per_step: float
    seconds_per_evaluation: float
    total_seconds: float


def estimated_cost(
    replicates: Sequence[Replicate],
    data: StudyData,
    options: StudyOptions,
    fit_options: FitOptions,
    num_workers: int,
) -> Cost:
    """Time a few steps of each stage of the first replicate and one evaluation, and extrapolate.

    Args:
      replicates: every replicate of the study.
      data: its images.
      options: what is compared.
      fit_options: how every classifier is trained, with steps or epochs.
      num_workers: number of replicates trained in parallel.
    """
    prepared = prepare_replicate(replicates[0], data, options, fit_options)
    predictor = Predictor(prepared.network, prepared.recipe.pixel_range)
    predictor(data.test.images[:1])
    started = time.perf_counter()
    predictor(data.test.images[:1])
    seconds_per_batch = time.perf_counter() - started
    evaluated = [data.test] if data.validation is None else [data.test, data.validation]
    num_batches = sum(math.ceil(len(one.labels) / predictor.batch_size) for one in evaluated)
    seconds_per_evaluation = num_batches * seconds_per_batch
    training_seconds = 0.0
    for stage in prepared.recipe.stages(prepared.classifier, prepared.num_steps, {}):
        training_seconds += stage.phase.steps * _seconds_per_step(stage, prepared.batches(0))
    seconds_per_step = training_seconds / prepared.num_steps
    sizes = {one.cell: len(data.training_set(one, options.kept_shares)) for one in replicates}
    num_steps = sum(fit_options.num_steps(sizes[replicate.cell]) for replicate in replicates)
    num_evaluations = len(replicates) * options.curve_points
    return Cost(
        num_replicates=len(replicates),
        num_steps=num_steps,
        seconds_per_step=seconds_per_step,
        seconds_per_evaluation=seconds_per_evaluation,
        total_seconds=(num_steps * seconds_per_step + num_evaluations * seconds_per_evaluation)
        / min(num_workers, len(replicates)),
    )


def _seconds_per_step(stage: Stage, batches: tf.data.Dataset) -> float:
    """Return the mean time of a few steps of a stage, then end it as its search would."""
    first = min(NUM_WARMUP_STEPS, stage.phase.steps - 1)
    last = min(first + NUM_TIMED_STEPS, stage.phase.steps)
    times = {0: time.perf_counter()}

    def record_time(steps_done, metrics):
        metrics()  # Waits for the device.
        times[steps_done] = time.perf_counter()
        if stage.search:
            stage.search(steps_done, metrics)
        return steps_done == last

    eval_steps = [first, last]
    run_phase(stage.phase, iter(batches), seed=0, after_step=record_time, eval_steps=eval_steps)
    return (times[last] - times[first]) / (last - first)


def as_text(cost: Cost, options: StudyOptions, fit_options: FitOptions, num_workers: int) -> str:
    """Return the cost as lines for a terminal."""
    num_parallel = min(num_workers, cost.num_replicates)
    return "\n".join(
        [
            f"replicates: {cost.num_replicates:,} of {fit_options.classifier}",
            f"steps: {cost.num_steps:,} of batch size {fit_options.batch_size} in total, "
            f"{cost.seconds_per_step:.3f} s each on one thread of this machine, measured",
            f"time: about {cost.total_seconds / 3600:,.1f} hours with {num_parallel} replicates in "
            f"parallel, each evaluated {options.curve_points} times in "
            f"{cost.seconds_per_evaluation:.1f} s",
        ]
    )
