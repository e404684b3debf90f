"""A training step: the updates of a schedule, compiled and distributed over replicas."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase
from gan_tf.training.schedule import Update
from gan_tf.training.update import Metrics, apply_update

#: Named parts of the examples, each [num_examples, ...]; on several replicas, a value for each.
Batch = Mapping[str, tf.Tensor]


class Step:
    """The compiled training step of a phase.

    A fixed schedule is compiled as one graph. Any other schedule has one graph for each of its
    updates and selects the next one on the host, after each update.

    The step runs on all replicas of the strategy in whose scope it is made. Each replica gets an
    equal slice of a batch and gradients are averaged over the replicas, so that a batch means the
    same on one device as on many.

    Args:
      phase: objective, schedule and optimizers; the optimizers are built here.
      seed: the run seed, from which all randomness follows.
      jit_compile: passed to ``tf.function``; None leaves the choice to TensorFlow.
    """

    def __init__(self, phase: Phase, *, seed: int, jit_compile: bool | None = None):
        self._phase = phase
        self._seed = seed
        self._strategy = tf.distribute.get_strategy()
        self._fresh_batches = range(phase.schedule.num_batches)
        for name, optimizer in phase.optimizers.items():
            optimizer.build(phase.objective.networks[name].trainable_variables)
        if phase.schedule.is_fixed:
            self._fixed_step = tf.function(self._run_fixed, jit_compile=jit_compile)
            self._fixed_steps = tf.function(self._run_several_fixed)
        else:
            self._updates = {
                update: tf.function(
                    lambda step, index, batch, update=update: self._on_replicas(
                        lambda batch: self._apply(update, index, step, batch), batch
                    ),
                    jit_compile=jit_compile,
                )
                for update in phase.schedule.updates
            }
            self._averages = tf.function(self._update_averages)

    @property
    def num_traces(self) -> int:
        """Maximum number of traces of any function; 1 after any number of steps."""
        functions = (
            [self._fixed_step]
            if self._phase.schedule.is_fixed
            else [*self._updates.values(), self._averages]
        )
        return max(function.experimental_get_tracing_count() for function in functions)

    def __call__(self, step: int, batches: Sequence[Batch]) -> Metrics:
        """Run one step and return the last value of each metric.

        Args:
          step: number of steps already done.
          batches: one for each fresh batch of the schedule.
        """
        run = self._fixed_step if self._phase.schedule.is_fixed else self._run_host_scheduled
        return run(tf.constant(step, tf.int64), tuple(batches))

    def run_several(self, first: int, num_steps: int, batches: Iterator[Batch]) -> Metrics:
        """Run steps ``first``, ``first + 1``, ... and return the metrics of the last one.

        The result equals that of single calls to the last bit. A fixed schedule on one device that
        reads a ``tf.data`` iterator runs all steps as one graph, which saves the overhead of
        TensorFlow and Python between steps: a fifth of the time of a small network's step.

        Args:
          first: number of steps already done.
          num_steps: number of steps to run.
          batches: the batches from that of step ``first`` on.
        """
        is_one_graph = (
            num_steps > 1
            and self._phase.schedule.is_fixed
            and self._strategy.num_replicas_in_sync == 1
            and isinstance(batches, tf.data.Iterator)
        )
        if is_one_graph:
            return self._fixed_steps(*tf.constant([first, num_steps], tf.int64), batches)
        for step in range(first, first + num_steps):
            metrics = self(step, [next(batches) for _ in self._fresh_batches])
        return metrics

    def _run_several_fixed(
        self, first: tf.Tensor, num_steps: tf.Tensor, batches: tf.data.Iterator
    ) -> Metrics:
        def run(step):
            return self._fixed_step(step, tuple(batches.get_next() for _ in self._fresh_batches))

        metrics = run(first)
        for step in tf.range(first + 1, first + num_steps):
            tf.autograph.experimental.set_loop_options(parallel_iterations=1)
            metrics = run(step)
        return metrics

    def _run_fixed(self, step: tf.Tensor, batches: tuple[Batch, ...]) -> Metrics:
        def updates(batches):
            remaining = iter(batches)
            batch, metrics = None, {}
            for index, update in enumerate(self._phase.schedule.updates):
                batch = next(remaining) if update.fresh_batch else batch
                metrics.update(self._apply(update, index, step, batch))
            return metrics

        metrics = self._on_replicas(updates, batches)
        self._update_averages(step)
        return metrics

    def _run_host_scheduled(self, step: tf.Tensor, batches: Sequence[Batch]) -> Metrics:
        schedule = self._phase.schedule
        remaining = iter(batches)
        batch, metrics, index = None, {}, 0
        while (update := schedule.next(index, _to_host(metrics))) is not None:
            batch = next(remaining) if update.fresh_batch else batch
            metrics.update(self._updates[update](step, tf.constant(index, tf.int32), batch))
            index += 1
        self._averages(step)
        return metrics | schedule.end_step(index)

    def _on_replicas(self, function: Callable[..., Metrics], batches) -> Metrics:
        """Run ``function(batches)`` on every replica and return the means of its metrics."""
        metrics = self._strategy.run(function, (batches,))
        mean = tf.distribute.ReduceOp.MEAN
        return {
            name: self._strategy.reduce(mean, value, axis=None) for name, value in metrics.items()
        }

    def _apply(self, update: Update, index: int, step: tf.Tensor, batch: Batch) -> Metrics:
        """Apply an update with the noise of its step and index; runs on one replica."""
        num_examples = next(iter(batch.values())).shape[0]
        replica = tf.distribute.get_replica_context()
        noise = Noise(
            Noise.key(self._seed, step, index),
            num_examples,
            replica.replica_id_in_sync_group * num_examples,
            replica.num_replicas_in_sync * num_examples,
        )
        return apply_update(self._phase, update, batch, noise)

    def _update_averages(self, step: tf.Tensor) -> None:
        for average in self._phase.averages:
            average.update(step)


def _to_host(metrics: Metrics) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}
