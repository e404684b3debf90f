"""The cost of a run, estimated from a few steps that write nothing."""

import gc
import itertools
import resource
import statistics
import time
from typing import NamedTuple

import numpy as np

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.choices.time_budget import StepTime, duration
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import DataCard
from gan_tf.runs.train_state import TrainState, build_train_state
from gan_tf.runs.training import training_batches
from gan_tf.training.step import Step

MIN_TIMED_STEPS, MAX_TIMED_STEPS = 5, 50
#: Time after which no more than the minimum number of steps is timed.
MAX_TIMED_SECONDS = 3.0


class Estimate(NamedTuple):
    """The cost of a run on this machine.

    Attributes:
      parameters: number of trainable parameters of each network.
      seconds_per_step: median of a few steps, after compilation.
      total_seconds: time of all steps, including compilation.
      peak_memory_bytes: peak memory of this process after these steps, including images.
    """

    parameters: dict[str, int]
    seconds_per_step: float
    total_seconds: float
    peak_memory_bytes: int


def estimated_cost(
    train_state: TrainState,
    config: TrainConfig,
    images: TrainingImages,
    measured: StepTime | None = None,
) -> Estimate:
    """Extrapolate from the measured times of steps; by default, run a few."""
    measured = measured or step_time(train_state, config, images)
    return Estimate(
        parameters={
            name: sum(int(np.prod(v.shape)) for v in network.trainable_variables)
            for name, network in train_state.family.networks.items()
        },
        seconds_per_step=measured.others,
        total_seconds=measured.first + measured.others * (config.steps - 1),
        peak_memory_bytes=peak_memory_bytes(),
    )


def step_time(train_state: TrainState, config: TrainConfig, images: TrainingImages) -> StepTime:
    """Run a few steps with their batches; return the time of the first and the median of others."""
    schedule = train_state.phase.schedule
    step = Step(train_state.phase, seed=config.seed, jit_compile=config.jit_compile == "true")
    batches = training_batches(config, images, schedule)
    durations: list[float] = []
    for index in itertools.count():
        start = time.perf_counter()
        for value in step(index, list(itertools.islice(batches, schedule.num_batches))).values():
            float(value)
        durations.append(time.perf_counter() - start)
        is_over = sum(durations[1:]) >= MAX_TIMED_SECONDS or index >= MAX_TIMED_STEPS
        if index >= MIN_TIMED_STEPS and is_over:
            return StepTime(durations[0], statistics.median(durations[1:]))


def measured_step_time(config: TrainConfig, data: DataCard, images: TrainingImages) -> StepTime:
    """Return the time of the steps of a run, which need not exist, under the strategy in scope."""
    measured = step_time(build_train_state(config, data), config, images)
    gc.collect()  # Networks are circles of references.
    return measured


def peak_memory_bytes() -> int:
    """Return the peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def as_text(estimate: Estimate, config: TrainConfig, batches_per_epoch: float) -> str:
    """Return the estimate as lines for a terminal.

    Args:
      estimate: cost of the run.
      config: config of the run.
      batches_per_epoch: number of batches per epoch; may be a fraction.
    """
    epochs = config.steps / batches_per_epoch
    return "\n".join(
        [
            *(
                f"{name}: {count:,} trainable parameters"
                for name, count in estimate.parameters.items()
            ),
            f"steps: {config.steps:,} of batch size {config.batch_size} ({epochs:.1f} epochs)",
            f"time: about {duration(estimate.total_seconds)} "
            f"({estimate.seconds_per_step:.3f} s per step, measured on this machine)",
            f"memory: about {estimate.peak_memory_bytes / 2**30:.1f} GiB",
        ]
    )
