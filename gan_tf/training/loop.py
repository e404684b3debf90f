"""The training loop of all GANs and classifiers."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from gan_tf.training.objective import Phase
from gan_tf.training.step import Batch, Step

ReadMetrics = Callable[[], dict[str, float]]

#: Ctrl-C waits for the end of a call.
MAX_STEPS_PER_CALL = 20


def run_phase(
    phase: Phase,
    batches: Iterator[Batch],
    *,
    seed: int,
    first_step: int = 0,
    after_step: Callable[[int, ReadMetrics], bool | None] | None = None,
    eval_steps: Sequence[int] | None = None,
    jit_compile: bool | None = None,
) -> int:
    """Train from ``first_step`` to the end of the phase.

    Args:
      phase: objective, schedule, optimizers and number of steps.
      batches: the batches from that of ``first_step`` on; uint8 values are images and are
        rescaled, all others are passed as they are.
      seed: the run seed.
      first_step: number of steps already done.
      after_step: called with the number of steps done and a function that returns the metrics of
        the last step (calling it waits for the device); a true result ends the phase.
      eval_steps: numbers of steps, ascending, after which ``after_step`` is called; None for every
        step. The steps between two of them are computed in one call, which is faster for small
        networks and changes no bit.
      jit_compile: see ``Step``.

    Returns:
      The number of steps done, counted from the start of the phase.
    """
    step = Step(phase, seed=seed, jit_compile=jit_compile)
    if eval_steps is None:
        eval_steps = range(1, phase.steps + 1) if after_step else ()
    done = first_step
    while done < phase.steps:
        next_eval = eval_steps[bisect_right(eval_steps, done) :][:1]
        end = min(done + MAX_STEPS_PER_CALL, phase.steps, *next_eval)
        metrics = step.run_several(done, end - done, batches)
        done = end
        if done in next_eval and after_step(
            done, lambda metrics=metrics: {k: float(v) for k, v in metrics.items()}
        ):
            break
    return done
