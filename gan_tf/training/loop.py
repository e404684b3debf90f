"""The one training loop."""

from collections.abc import Callable

from gan_tf.training.objective import Phase
from gan_tf.training.step import Batch, Step

ReadMetrics = Callable[[], dict[str, float]]


def run_phase(
    phase: Phase,
    feed: Callable[[int], Batch],
    *,
    seed: int,
    first_step: int = 0,
    after_step: Callable[[int, ReadMetrics], bool | None] | None = None,
    jit_compile: bool | None = None,
) -> int:
    """Trains from ``first_step`` to the phase's end.

    Args:
      phase: what is trained, how and for how many steps.
      feed: batch index (0, 1, ...) -> batch; uint8 arrays are images, all else goes in as it is.
      seed: the run seed.
      first_step: number of steps that an earlier run has done.
      after_step: called with the number of steps done and a function that returns the metrics of
        the last one (calling it waits for the device); a true result ends the phase.
      jit_compile: see ``Step``.

    Returns:
      The number of steps done, counted from the phase's start.
    """
    step = Step(phase, seed=seed, jit_compile=jit_compile)
    per_step = phase.batches_per_step
    for index in range(first_step, phase.steps):
        metrics = step(index, [feed(index * per_step + offset) for offset in range(per_step)])
        if after_step is not None and after_step(
            index + 1, lambda metrics=metrics: {k: float(v) for k, v in metrics.items()}
        ):
            return index + 1
    return max(first_step, phase.steps)
