"""Everything that decides what a run learns, and the phase that follows from it."""

from typing import NamedTuple

import tensorflow as tf

from gan_tf.gans import family_builder
from gan_tf.gans.adversarial import alternating_updates
from gan_tf.gans.family import Family
from gan_tf.networks.layers import NetworkSettings
from gan_tf.training.averaging import WeightAverage
from gan_tf.training.fused_adam import FusedAdam
from gan_tf.training.objective import Phase


class Recipe(NamedTuple):
    """The choices of a run, each under the name of its flag.

    Two runs with equal recipes on equal data and machines give equal weights; a run is continued
    only under the recipe that it began with, but for more ``steps``.
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


class Model(NamedTuple):
    """A family with its optimizers and averages, as a recipe and data make it.

    Attributes:
      family: the networks and their losses.
      phase: how they are trained.
      average: the averaged generator.
      checkpoint: everything that a checkpoint of the run holds.
    """

    family: Family
    phase: Phase
    average: WeightAverage
    checkpoint: tf.train.Checkpoint


def build_model(recipe: Recipe, data: DataCard) -> Model:
    """Builds networks, optimizers and averages with initial values, on the strategy in scope.

    Raises:
      InputError: the family cannot take images of this shape.
    """
    family = family_builder(recipe.gan)(
        data.image_shape,
        len(data.class_names),
        latent_dim=recipe.latent_dim,
        loss=recipe.loss,
        settings=NetworkSettings(
            recipe.seed,
            recipe.width,
            recipe.precision,
            synchronized=tf.distribute.get_strategy().num_replicas_in_sync > 1,
        ),
    )
    rates = {
        "generator": recipe.learning_rate,
        "discriminator": recipe.discriminator_learning_rate or recipe.learning_rate,
    }
    optimizers = {name: FusedAdam(rate, beta_1=recipe.beta1) for name, rate in rates.items()}
    for name, optimizer in optimizers.items():
        optimizer.build(family.networks[name].trainable_variables)
    average = WeightAverage(
        family.networks["generator"], family.build_generator(), recipe.ema_decay
    )
    schedule = alternating_updates(recipe.discriminator_steps, recipe.generator_steps)
    checkpoint = tf.train.Checkpoint(
        networks=dict(family.networks),
        optimizers=optimizers,
        averages={"generator": average.network},
        state=dict(family.state),
    )
    phase = Phase(family, schedule, recipe.steps, optimizers, (average,))
    return Model(family, phase, average, checkpoint)
