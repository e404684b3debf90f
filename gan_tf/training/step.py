"""A training step: the updates of a schedule, compiled and distributed over replicas."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase
from gan_tf.training.schedule import Update
from gan_tf.training.update import Metrics, apply_update

Batch = Mapping[str, np.ndarray]


class Step:
    """The compiled training step of a phase.

    A fixed schedule is compiled as one graph. Any other schedule has one graph for each of its
    updates and selects the next one on the host, after each update.

    The step runs on all replicas of the strategy in whose scope it is made. A batch is global: each
    replica takes an equal slice of it and gradients are averaged over the replicas, so that a batch
    means the same on one device as on many.

    Args:
      phase: objective, schedule and optimizers; the optimizers are built here.
      seed: the run seed, from which all randomness follows.
      jit_compile: passed to ``tf.function``; None leaves the choice to TensorFlow.
    """

    def __init__(self, phase: Phase, *, seed: int, jit_compile: bool | None = None):
        self._phase = phase
        self._seed = seed
        self._strategy = tf.distribute.get_strategy()
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
        step_tensor = tf.constant(step, tf.int64)
        local_batches = tuple(self._distribute(batch) for batch in batches)
        run = self._fixed_step if self._phase.schedule.is_fixed else self._run_host_scheduled
        return run(step_tensor, local_batches)

    def run_several(self, first: int, batches: Sequence[Sequence[Batch]]) -> Metrics:
        """Run steps ``first``, ``first + 1``, ... and return the metrics of the last one.

        The result equals that of single calls to the last bit. A fixed schedule on one device runs
        all steps as one graph, which saves the overhead of TensorFlow and Python between steps: a
        fifth of the time of a small network's step.

        Args:
          first: number of steps already done.
          batches: the ``batches`` of ``__call__`` for every step, all of one shape.
        """
        is_one_graph = (
            len(batches) > 1
            and self._phase.schedule.is_fixed
            and self._strategy.num_replicas_in_sync == 1
        )
        if not is_one_graph:
            for step, step_batches in enumerate(batches, start=first):
                metrics = self(step, step_batches)
            return metrics
        stacks = tuple(_stack(same_position) for same_position in zip(*batches, strict=True))
        # Leave the number of steps out of the shapes, so that one trace serves any number.
        specs = tf.nest.map_structure(
            lambda x: tf.TensorSpec([None, *x.shape[1:]], x.dtype), stacks
        )
        run = self._fixed_steps.get_concrete_function(tf.TensorSpec([], tf.int64), specs)
        return run(tf.constant(first, tf.int64), stacks)

    def _run_several_fixed(self, first: tf.Tensor, stacks: tuple[Batch, ...]) -> Metrics:
        def batches(index):
            return tuple({name: stack[name][index] for name in stack} for stack in stacks)

        traced = self._fixed_step.get_concrete_function(first, batches(0))
        metrics = {name: tf.zeros((), x.dtype) for name, x in traced.structured_outputs.items()}
        for index in tf.range(tf.shape(next(iter(stacks[0].values())), tf.int64)[0]):
            tf.autograph.experimental.set_loop_options(parallel_iterations=1)
            metrics = self._fixed_step(first + index, batches(index))
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

    def _distribute(self, batch: Batch) -> Batch:
        """Split a global batch over the replicas of this process."""
        num_replicas = self._strategy.num_replicas_in_sync
        if num_replicas == 1:
            return dict(batch)

        def split(value):
            size = len(value) // num_replicas

            def replica_slice(context):
                start = context.replica_id_in_sync_group * size
                return tf.constant(value[start : start + size])

            return self._strategy.experimental_distribute_values_from_function(replica_slice)

        return {name: split(value) for name, value in batch.items()}

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


def _stack(batches: Sequence[Batch]) -> Mapping[str, tf.Tensor]:
    return {name: tf.constant(np.stack([batch[name] for batch in batches])) for name in batches[0]}
