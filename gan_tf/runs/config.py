"""Everything that decides what a run learns, and the phase that follows from it."""

from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.family import Family
from gan_tf.gans.label_distribution import label_probabilities
from gan_tf.gans.margin import BALANCED_LOSSES, LAGGING, MarginSchedule
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.objective import Phase
from gan_tf.training.optimizers.averaging import WeightAverage
from gan_tf.training.optimizers.fused_adam import FusedAdam
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.optimizers.rates import rate_over_steps
from gan_tf.training.schedule import FixedSchedule, Schedule


class TrainConfig(NamedTuple):
    """The choices of a run, each under the name of its flag.

    Two runs with equal recipes on equal data and machines give equal weights; a run is continued
    only under the config that it began with, but for more ``steps``. Defaults are what a run has
    that began before there was the flag.
    """

    gan: str
    loss: str
    latent_dim: int
    width: float
    steps: int
    batch_size: int
    learning_rate: float
    discriminator_learning_rate: float
    beta1: float
    discriminator_steps: int
    generator_steps: int
    ema_decay: float
    precision: str
    threads: int
    seed: int
    input: str = "memory"
    decay_start: float = 1.0
    margin: float = 0.0
    margin_trains: str = LAGGING
    margin_updates: int = 10
    spectral_norm: bool = False
    label_distribution: str = "real"
    cycle_weight: float = 10.0
    identity_weight: float = 0.5
    pool_size: int = 50
    residual_blocks: int = 0
    label_exponent: float = 0.5
    jit_compile: str = "false"


class DataCard(NamedTuple):
    """What a run knows of its training images.

    Attributes:
      name: the source's name.
      class_names: in the order of labels.
      class_counts: images of each class.
      image_shape: height, width, channels.
      fingerprint: hash over the content.
    """

    name: str
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    image_shape: tuple[int, int, int]
    fingerprint: str


class TrainState(NamedTuple):
    """A family with its optimizers and averages, as a config and data make it.

    Attributes:
      family: the networks and their losses.
      phase: how they are trained.
      averages: the averaged generators by name, the family's first generator first.
      checkpoint: everything that a checkpoint of the run holds.
    """

    family: Family
    phase: Phase
    averages: Mapping[str, WeightAverage]
    checkpoint: tf.train.Checkpoint


def build_train_state(config: TrainConfig, data: DataCard) -> TrainState:
    """Builds networks, optimizers and averages with initial values, on the strategy in scope.

    Raises:
      InputError: the family cannot take images of this shape, or choices contradict each other.
    """
    family = family_builder(config.gan)(
        data.image_shape,
        len(data.class_names),
        latent_dim=config.latent_dim,
        loss=config.loss,
        settings=NetworkOptions(
            config.seed,
            config.width,
            config.precision,
            synchronized=tf.distribute.get_strategy().num_replicas_in_sync > 1,
            spectral_norm=config.spectral_norm,
        ),
        label_probabilities=label_probabilities(
            config.label_distribution, config.label_exponent, data.class_counts
        ),
        **{name: getattr(config, name) for name in GANS[config.gan].own_choices},
    )
    schedule = family.schedule(config.discriminator_steps, config.generator_steps)
    optimizers = {name: _optimizer(config, name, schedule) for name in family.networks}
    for name, optimizer in optimizers.items():
        optimizer.build(family.networks[name].trainable_variables)
    averages = {
        name: WeightAverage(family.networks[name], family.build_network(name), config.ema_decay)
        for name in family.generators
    }
    scaled = schedule.updates if config.precision == "mixed_float16" else ()
    loss_scales = {group: LossScale() for update in scaled for group in update.groups}
    order = _balanced(config, schedule)
    checkpoint = tf.train.Checkpoint(
        networks=dict(family.networks),
        optimizers=optimizers,
        averages={name: average.network for name, average in averages.items()},
        state=dict(family.state),
        loss_scales={"+".join(group): scale for group, scale in loss_scales.items()},
        schedule=dict(order.state),
    )
    phase = Phase(
        family,
        order,
        config.steps,
        optimizers,
        tuple(averages.values()),
        loss_scales,
    )
    return TrainState(family, phase, averages, checkpoint)


def _balanced(config: TrainConfig, schedule: FixedSchedule) -> Schedule:
    if not config.margin:
        return schedule
    if config.loss not in BALANCED_LOSSES:
        raise InputError(
            f"--margin compares losses of one scale, which --loss={config.loss} has not; use "
            f"--margin=0, or one of {', '.join(BALANCED_LOSSES)}"
        )
    if config.decay_start < 1.0:
        raise InputError(
            "--margin and --decay_start exclude each other: rates fall by the number of updates, "
            "which the margin changes; use --margin=0 or --decay_start=1"
        )
    return MarginSchedule(schedule, config.margin, config.margin_trains, config.margin_updates)


def _optimizer(config: TrainConfig, network: str, schedule: FixedSchedule) -> FusedAdam:
    rate = config.learning_rate
    if network.startswith("discriminator"):
        rate = config.discriminator_learning_rate or rate
    num_moves = sum(network in group for update in schedule.updates for group in update.groups)
    rate = rate_over_steps(rate, config.steps, config.decay_start, updates_per_step=num_moves)
    skips_nan = config.precision == "mixed_float16"
    return FusedAdam(rate, beta_1=config.beta1, skips_nan=skips_nan)
