"""The state of training: a family with its optimizers and averages, built from a config."""

from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans import family_builder
from gan_tf.gans.family import Family
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.margin import BALANCED_LOSSES, MarginSchedule
from gan_tf.gans.regularization.regularizers import regularizer_weights
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import DataCard
from gan_tf.training.objective import Phase
from gan_tf.training.optimizers.averaging import WeightAverage
from gan_tf.training.optimizers.fused_adam import FusedAdam
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.optimizers.rates import rate_over_steps
from gan_tf.training.schedule import FixedSchedule, Schedule


class TrainState(NamedTuple):
    """A family with its optimizers and averages.

    Attributes:
      family: networks and losses.
      phase: schedule, optimizers and number of steps.
      averages: averaged generators by name, the family's main generator first.
      checkpoint: everything that a checkpoint of the run holds.
    """

    family: Family
    phase: Phase
    averages: Mapping[str, WeightAverage]
    checkpoint: tf.train.Checkpoint


def build_train_state(config: TrainConfig, data: DataCard) -> TrainState:
    """Build networks, optimizers and averages with initial values, under the strategy in scope.

    Raises:
      InputError: the family cannot take images of this shape, or options contradict each other.
    """
    family = family_builder(config.gan)(data.image_shape, data.class_counts, config)
    base = family.schedule(config.discriminator_steps, config.generator_steps)
    schedule = _with_margin(config, base)
    optimizers = {name: _optimizer(config, name, base) for name in family.networks}
    for name, optimizer in optimizers.items():
        optimizer.build(family.networks[name].trainable_variables)
    averages = {
        name: WeightAverage(family.networks[name], family.build_network(name), config.ema_decay)
        for name in family.generators
    }
    scaled_updates = base.updates if config.precision == "mixed_float16" else ()
    loss_scales = {group: LossScale() for update in scaled_updates for group in update.groups}
    checkpoint = tf.train.Checkpoint(
        networks=dict(family.networks),
        optimizers=optimizers,
        averages={name: average.network for name, average in averages.items()},
        state=dict(family.state),
        loss_scales={"+".join(group): scale for group, scale in loss_scales.items()},
        schedule=dict(schedule.state),
    )
    phase = Phase(family, schedule, config.steps, optimizers, tuple(averages.values()), loss_scales)
    return TrainState(family, phase, averages, checkpoint)


def _with_margin(config: TrainConfig, base: FixedSchedule) -> Schedule:
    if not config.margin:
        return base
    if config.loss not in BALANCED_LOSSES:
        raise InputError(
            f"--margin compares losses of equal scale, which --loss={config.loss} does not have; "
            f"use --margin=0, or one of {', '.join(BALANCED_LOSSES)}"
        )
    regularizers = list(regularizer_weights(config, LOSSES[config.loss]))
    if config.group_spectral_weight:
        regularizers.append("group_spectral")
    for name in regularizers:
        raise InputError(
            f"--margin compares losses of equal scale, to one of which --{name}_weight adds a "
            f"term; use --margin=0 or --{name}_weight=0"
        )
    if config.decay_start < 1.0:
        raise InputError(
            "--margin and --decay_start exclude each other: learning rates decay with the number "
            "of updates, which the margin changes; use --margin=0 or --decay_start=1"
        )
    return MarginSchedule(base, config.margin, config.margin_trains, config.margin_updates)


def _optimizer(config: TrainConfig, network: str, base: FixedSchedule) -> FusedAdam:
    rate = config.learning_rate
    if network.startswith("discriminator"):
        rate = config.discriminator_learning_rate or rate
    num_updates = sum(network in group for update in base.updates for group in update.groups)
    rate = rate_over_steps(rate, config.steps, config.decay_start, updates_per_step=num_updates)
    skips_nan = config.precision == "mixed_float16"
    return FusedAdam(rate, beta_1=config.beta1, skips_nan=skips_nan)
