"""The cost of a run, estimated from a few steps that write nothing."""

import resource
import statistics
import time
from typing import NamedTuple

import numpy as np

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.train_state import TrainState
from gan_tf.runs.training import training_batches
from gan_tf.training.step import Step

NUM_TIMED_STEPS = 5


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
    train_state: TrainState, config: TrainConfig, images: TrainingImages
) -> Estimate:
    """Run a few steps on the first batch and extrapolate."""
    step = Step(train_state.phase, seed=config.seed, jit_compile=config.jit_compile == "true")
    batch = next(training_batches(config, images, train_state.phase.schedule))
    durations = []
    for index in range(NUM_TIMED_STEPS + 1):
        start = time.perf_counter()
        for value in step(index, [batch] * train_state.phase.schedule.num_batches).values():
            value.numpy()
        durations.append(time.perf_counter() - start)
    seconds = statistics.median(durations[1:])
    return Estimate(
        parameters={
            name: sum(int(np.prod(v.shape)) for v in network.trainable_variables)
            for name, network in train_state.family.networks.items()
        },
        seconds_per_step=seconds,
        total_seconds=durations[0] + seconds * (config.steps - 1),
        peak_memory_bytes=peak_memory_bytes(),
    )


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
            f"time: about {_duration(estimate.total_seconds)} "
            f"({estimate.seconds_per_step:.3f} s per step, measured on this machine)",
            f"memory: about {estimate.peak_memory_bytes / 2**30:.1f} GiB",
        ]
    )


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
