"""One update of a step: losses, gradients, and their application to the weights."""

from collections.abc import Mapping

import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.objective import Losses, Objective, Phase
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Group, Update

Metrics = Mapping[str, tf.Tensor]


def apply_update(
    phase: Phase, update: Update, batch: Mapping[str, tf.Tensor], noise: Noise
) -> Metrics:
    """Update the networks of ``update`` and the objective's state; runs on one replica.

    Args:
      phase: objective and optimizers.
      update: the networks to update.
      batch: this replica's examples; uint8 values are images.
      noise: random numbers of these examples.

    Returns:
      The objective's metrics, and for each updated network ``gradient_norm/<network>`` and, with
      loss scales, ``loss_scale/<network>`` and ``skipped/<network>``.
    """
    objective, scales = phase.objective, phase.loss_scales
    losses, gradients = _gradients(
        objective, update, _as_floats(batch, objective.pixel_range), noise, scales
    )
    metrics = dict(losses.metrics)
    for group in update.groups if scales else ():
        metrics |= _unscale(scales[group], group, gradients)
    num_replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    for name, network_gradients in gradients.items():
        norm = tf.linalg.global_norm(network_gradients)
        if scales:
            # A skipped update has NaN gradients by design; a non-finite loss has its own metric.
            norm = tf.math.multiply_no_nan(norm, 1.0 - metrics[f"skipped/{name}"])
        metrics[f"gradient_norm/{name}"] = norm
        # Keras' optimizers sum over replicas; losses are means over a replica's examples.
        share = 1.0 / num_replicas
        phase.optimizers[name].apply(
            [gradient * share for gradient in network_gradients],
            objective.networks[name].trainable_variables,
        )
    for name, value in losses.state.items():
        objective.state[name].assign(value)
    return metrics


def _as_floats(
    batch: Mapping[str, tf.Tensor], pixel_range: tuple[float, float]
) -> dict[str, tf.Tensor]:
    """Return the batch with its uint8 images converted to float32 in ``pixel_range``."""
    return {
        name: to_float(value, pixel_range) if value.dtype == tf.uint8 else value
        for name, value in batch.items()
    }


def _gradients(
    objective: Objective,
    update: Update,
    batch: Mapping[str, tf.Tensor],
    noise: Noise,
    scales: Mapping[Group, LossScale],
) -> tuple[Losses, dict[str, list[tf.Tensor]]]:
    """Return the losses of an update and the gradients, by network, of the scaled losses."""
    variables = {
        name: [v.value for v in objective.networks[name].trainable_variables]
        for group in update.groups
        for name in group
    }
    # Watch only the networks to update: a discriminator update keeps no tape of the generator.
    with tf.GradientTape(persistent=len(update.groups) > 1, watch_accessed_variables=False) as tape:
        tape.watch(list(variables.values()))
        losses = objective.losses(update, batch, noise)
        totals = {
            group: scales[group].scaled(total) if scales else total
            for group, total in losses.totals.items()
        }
    gradients = {}
    for group in update.groups:
        group_gradients = tape.gradient(totals[group], [variables[name] for name in group])
        gradients.update(zip(group, group_gradients, strict=True))
    return losses, gradients


def _unscale(scale: LossScale, group: Group, gradients: dict[str, list[tf.Tensor]]) -> Metrics:
    """Divide a group's gradients by the loss scale, in place, and return the scale's metrics."""
    metrics = {f"loss_scale/{name}": tf.identity(scale.value) for name in group}
    unscaled = iter(scale.unscale([g for name in group for g in gradients[name]]))
    for name in group:
        gradients[name] = [next(unscaled) for _ in gradients[name]]
        first = tf.reshape(gradients[name][0], [-1])[0]
        metrics[f"skipped/{name}"] = tf.cast(tf.math.is_nan(first), tf.float32)
    return metrics
