"""The one training loop."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from gan_tf.training.objective import Phase
from gan_tf.training.step import Batch, Step

ReadMetrics = Callable[[], dict[str, float]]

#: Their batches stand in memory together.
MOST_STEPS_A_CALL = 20


def run_phase(
    phase: Phase,
    feed: Callable[[int], Batch],
    *,
    seed: int,
    first_step: int = 0,
    after_step: Callable[[int, ReadMetrics], bool | None] | None = None,
    looks: Sequence[int] | None = None,
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
      looks: numbers of steps, ascending, after which alone ``after_step`` is called; after every
        step unless given. Steps between two looks are computed together, which is faster for small
        networks and changes no bit.
      jit_compile: see ``Step``.

    Returns:
      The number of steps done, counted from the phase's start.
    """
    step = Step(phase, seed=seed, jit_compile=jit_compile)
    per_step = phase.schedule.num_batches
    if looks is None:
        looks = range(1, phase.steps + 1) if after_step else ()
    done = first_step
    while done < phase.steps:
        next_looks = looks[bisect_right(looks, done) :][:1]
        end = min(done + MOST_STEPS_A_CALL, phase.steps, *next_looks)
        batches = [
            [feed(index * per_step + offset) for offset in range(per_step)]
            for index in range(done, end)
        ]
        metrics = step.several(done, batches)
        done = end
        if done in next_looks and after_step(
            done, lambda metrics=metrics: {k: float(v) for k, v in metrics.items()}
        ):
            break
    return done
