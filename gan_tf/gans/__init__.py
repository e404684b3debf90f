"""GAN families; each is one file and one line in ``GANS``."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """An entry of ``GANS``, readable without importing TensorFlow.

    Attributes:
      path: "module:attribute" of its ``gan_tf.gans.family.FamilyBuilder``.
      defaults: flags of gan_tf.train whose default differs for this family.
      translates: whether it translates images of one domain into another; the others generate
        images from noise.
      takes_unlabeled: whether it learns from images without labels too, whose one-hot label is
        zeros.
    """

    path: str
    defaults: Mapping[str, Any] = {}
    translates: bool = False
    takes_unlabeled: bool = False


GANS = {
    "acgan": Entry("gan_tf.gans.acgan:acgan", {"batch_size": 100, "generator_steps": 1}),
    "cdcgan": Entry("gan_tf.gans.cdcgan:cdcgan"),
    "cyclegan": Entry(
        "gan_tf.gans.cyclegan:cyclegan",
        {"loss": "least_squares", "batch_size": 1, "generator_steps": 1, "decay_start": 0.5},
        translates=True,
    ),
    "dcgan": Entry("gan_tf.gans.dcgan:dcgan"),
    "projection_gan": Entry(
        "gan_tf.gans.projection_gan:projection_gan",
        {
            "r1_weight": 1.0,
            "r1_every": 4,
            "latent_dim": 32,
            "learning_rate": 4e-4,
            "generator_steps": 1,
        },
        takes_unlabeled=True,
    ),
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


def family_builder(name: str):
    """Import and return the ``gan_tf.gans.family.FamilyBuilder`` of ``name`` in ``GANS``."""
    module, attribute = GANS[name].path.split(":")
    return getattr(importlib.import_module(module), attribute)
