"""Families of GANs: one file and one line of this table each."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """What a command must know of a family before TensorFlow is imported.

    Attributes:
      place: "module:attribute" of its ``gan_tf.gans.family.FamilyBuilder``.
      defaults: flags of gan_tf.train whose default is another one for this family.
      translates: True where it turns images of one domain into another's; others make images from
        noise.
      own_choices: what its builder takes beside what all take: fields of
        ``gan_tf.runs.config.TrainConfig``.
    """

    place: str
    defaults: Mapping[str, Any] = {}
    translates: bool = False
    own_choices: tuple[str, ...] = ()


GANS = {
    "acgan": Entry("gan_tf.gans.acgan:acgan", {"batch_size": 100, "generator_steps": 1}),
    "cdcgan": Entry("gan_tf.gans.cdcgan:conditional_dcgan"),
    "cyclegan": Entry(
        "gan_tf.gans.cyclegan:cyclegan",
        {"loss": "least_squares", "batch_size": 1, "generator_steps": 1, "decay_start": 0.5},
        translates=True,
        own_choices=("cycle_weight", "identity_weight", "pool_size", "residual_blocks"),
    ),
    "dcgan": Entry("gan_tf.gans.dcgan:dcgan"),
    "upsampling_dcgan": Entry(
        "gan_tf.gans.upsampling_dcgan:upsampling_dcgan",
        {"batch_size": 100, "generator_steps": 1, "margin": 0.1},
    ),
    "upsampling_gan": Entry(
        "gan_tf.gans.upsampling_gan:upsampling_gan",
        {
            "batch_size": 32,
            "generator_steps": 1,
            "learning_rate": 1.5e-4,
            "sample_every": "epoch",
        },
    ),
}

# Keys of gan_tf.gans.losses.LOSSES, as text for the same reason.
LOSS_NAMES = ("non_saturating", "least_squares", "hinge", "wasserstein")

# What gan_tf.gans.label_distribution.label_probabilities knows, likewise.
LABEL_DISTRIBUTIONS = ("real", "uniform", "tempered")


def family_builder(name: str):
    """The ``gan_tf.gans.family.FamilyBuilder`` that ``name`` of ``GANS`` stands for."""
    module, attribute = GANS[name].place.split(":")
    return getattr(importlib.import_module(module), attribute)
