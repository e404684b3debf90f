"""One training step: the updates of a schedule, each from one gradient tape."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.objective import Losses, Objective, Phase
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Group, Update

Batch = Mapping[str, np.ndarray]
Metrics = Mapping[str, tf.Tensor]


class Step:
    """A phase's training step, compiled.

    A schedule that is a plain tuple is one graph; a host-side schedule runs one graph for each
    kind of update and is asked after each which comes next.

    It runs on every replica of the strategy in whose scope it is made. A batch is global: each
    replica takes its share and gradients are averaged over replicas, so that it means the same on
    one device and on many.

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
            self._whole = tf.function(self._whole_step, jit_compile=jit_compile)
            self._several = tf.function(self._several_steps)
        else:
            self._single = {
                update: tf.function(
                    lambda step, index, batch, update=update: self._on_replicas(
                        lambda batch: self._update(update, index, step, batch), batch
                    ),
                    jit_compile=jit_compile,
                )
                for update in phase.schedule.updates
            }
            self._averages = tf.function(self._move_averages)

    @property
    def num_traces(self) -> int:
        """How often TensorFlow traced the functions, at most; 1 after any number of steps."""
        is_fixed = self._phase.schedule.is_fixed
        functions = [self._whole] if is_fixed else [*self._single.values(), self._averages]
        return max(function.experimental_get_tracing_count() for function in functions)

    def __call__(self, step: int, batches: Sequence[Batch]) -> Metrics:
        """Runs step number ``step`` (from 0) and returns the metrics of its last updates.

        Args:
          step: how many steps came before.
          batches: one for each fresh batch that the schedule takes.
        """
        count = tf.constant(step, tf.int64)
        shares = tuple(self._shares(batch) for batch in batches)
        if self._phase.schedule.is_fixed:
            return self._whole(count, shares)
        return self._scheduled_step(count, shares)

    def several(self, first: int, batches: Sequence[Sequence[Batch]]) -> Metrics:
        """Runs steps ``first``, ``first + 1``, ... and returns the metrics of the last one.

        What they give is that of single calls to the last bit. A plain schedule on one device runs
        them as one graph, which saves what TensorFlow and Python do between two steps: a fifth of
        the time of a small network's step.

        Args:
          first: how many steps came before.
          batches: for every step what ``__call__`` takes, all of one shape.
        """
        is_fixed = self._phase.schedule.is_fixed
        if len(batches) == 1 or not is_fixed or self._strategy.num_replicas_in_sync > 1:
            for step, of_step in enumerate(batches, start=first):
                metrics = self(step, of_step)
            return metrics
        stacks = tuple(_stacked(of_steps) for of_steps in zip(*batches, strict=True))
        # Without the number of steps in its shapes, so that every number has the same trace.
        specs = tf.nest.map_structure(
            lambda x: tf.TensorSpec([None, *x.shape[1:]], x.dtype), stacks
        )
        several = self._several.get_concrete_function(tf.TensorSpec([], tf.int64), specs)
        return several(tf.constant(first, tf.int64), stacks)

    def _several_steps(self, first: tf.Tensor, stacks: tuple[Batch, ...]) -> Metrics:
        def batches(index):
            return tuple({name: stack[name][index] for name in stack} for stack in stacks)

        traced = self._whole.get_concrete_function(first, batches(0))
        metrics = {name: tf.zeros((), x.dtype) for name, x in traced.structured_outputs.items()}
        for index in tf.range(tf.shape(next(iter(stacks[0].values())), tf.int64)[0]):
            tf.autograph.experimental.set_loop_options(parallel_iterations=1)
            metrics = self._whole(first + index, batches(index))
        return metrics

    def _shares(self, batch: Batch) -> Batch:
        """A global batch as the values of the replicas of this process."""
        num_replicas = self._strategy.num_replicas_in_sync
        if num_replicas == 1:
            return dict(batch)

        def share(value):
            size = len(value) // num_replicas

            def of_replica(context):
                start = context.replica_id_in_sync_group * size
                return tf.constant(value[start : start + size])

            return self._strategy.experimental_distribute_values_from_function(of_replica)

        return {name: share(value) for name, value in batch.items()}

    def _whole_step(self, step: tf.Tensor, batches: tuple[Batch, ...]) -> Metrics:
        def updates(batches):
            remaining = iter(batches)
            batch, metrics = None, {}
            for index, update in enumerate(self._phase.schedule.updates):
                batch = next(remaining) if update.fresh_batch else batch
                metrics.update(self._update(update, index, step, batch))
            return metrics

        metrics = self._on_replicas(updates, batches)
        self._move_averages(step)
        return metrics

    def _scheduled_step(self, step: tf.Tensor, batches: Sequence[Batch]) -> Metrics:
        schedule = self._phase.schedule
        remaining = iter(batches)
        batch, metrics, index = None, {}, 0
        while (update := schedule.next(index, _read(metrics))) is not None:
            batch = next(remaining) if update.fresh_batch else batch
            metrics.update(self._single[update](step, tf.constant(index, tf.int32), batch))
            index += 1
        self._averages(step)
        return metrics | schedule.end_step(index)

    def _on_replicas(self, function, batches) -> Metrics:
        """Metrics of ``function(batches)``, averaged over the replicas."""
        metrics = self._strategy.run(function, (batches,))
        mean = tf.distribute.ReduceOp.MEAN
        return {
            name: self._strategy.reduce(mean, value, axis=None) for name, value in metrics.items()
        }

    def _update(self, update: Update, index: int, step: tf.Tensor, batch: Batch) -> Metrics:
        objective = self._phase.objective
        pixel_range = objective.pixel_range
        floats = {
            name: to_float(value, pixel_range) if value.dtype == tf.uint8 else value
            for name, value in batch.items()
        }
        num_examples = next(iter(floats.values())).shape[0]
        replica = tf.distribute.get_replica_context()
        noise = Noise(
            Noise.key(self._seed, step, index),
            num_examples,
            replica.replica_id_in_sync_group * num_examples,
            replica.num_replicas_in_sync * num_examples,
        )
        scales = self._phase.loss_scales
        losses, gradients = _gradients(objective, update, floats, noise, scales)
        metrics = dict(losses.metrics)
        for group in update.groups if scales else ():
            metrics |= _without_scale(scales[group], group, gradients)
        for name, network_gradients in gradients.items():
            norm = tf.linalg.global_norm(network_gradients)
            if scales:
                # A skipped update has no gradient; a loss that is not finite is seen by itself.
                norm = tf.math.multiply_no_nan(norm, 1.0 - metrics[f"skipped/{name}"])
            metrics[f"gradient_norm/{name}"] = norm
            # Keras' optimizers sum over replicas; losses are means over a replica's examples.
            share = 1.0 / replica.num_replicas_in_sync
            self._phase.optimizers[name].apply(
                [gradient * share for gradient in network_gradients],
                objective.networks[name].trainable_variables,
            )
        for name, value in losses.state.items():
            objective.state[name].assign(value)
        return metrics

    def _move_averages(self, step: tf.Tensor) -> None:
        for average in self._phase.averages:
            average.update(step)


def _gradients(
    objective: Objective,
    update: Update,
    batch: Mapping[str, tf.Tensor],
    noise: Noise,
    scales: Mapping[Group, LossScale],
) -> tuple[Losses, dict[str, list[tf.Tensor]]]:
    """Losses of an update and the gradients, of scaled losses, of each network that it moves."""
    variables = {
        name: [v.value for v in objective.networks[name].trainable_variables]
        for group in update.groups
        for name in group
    }
    # Only what moves is watched: a discriminator step keeps no tape through the generator.
    with tf.GradientTape(persistent=len(update.groups) > 1, watch_accessed_variables=False) as tape:
        tape.watch(list(variables.values()))
        losses = objective.losses(update, batch, noise)
        totals = {
            group: scales[group].scaled(total) if scales else total
            for group, total in losses.totals.items()
        }
    gradients = {}
    for group in update.groups:
        found = tape.gradient(totals[group], [variables[name] for name in group])
        gradients.update(zip(group, found, strict=True))
    return losses, gradients


def _without_scale(
    scale: LossScale, group: Group, gradients: dict[str, list[tf.Tensor]]
) -> dict[str, tf.Tensor]:
    """Takes the scale out of a group's gradients, in place; returns what is logged of it."""
    metrics = {f"loss_scale/{name}": tf.identity(scale.value) for name in group}
    unscaled = iter(scale.unscaled([g for name in group for g in gradients[name]]))
    for name in group:
        gradients[name] = [next(unscaled) for _ in gradients[name]]
        first = tf.reshape(gradients[name][0], [-1])[0]
        metrics[f"skipped/{name}"] = tf.cast(tf.math.is_nan(first), tf.float32)
    return metrics


def _read(metrics: Metrics) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _stacked(batches: Sequence[Batch]) -> Mapping[str, tf.Tensor]:
    return {name: tf.constant(np.stack([one[name] for one in batches])) for name in batches[0]}
