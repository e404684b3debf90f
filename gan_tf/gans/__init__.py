"""Families of GANs: one file and one line of this table each."""

import importlib

# Names as text, so that commands list them without importing TensorFlow.
GANS = {
    "acgan": "gan_tf.gans.acgan:acgan",
    "cdcgan": "gan_tf.gans.cdcgan:conditional_dcgan",
    "dcgan": "gan_tf.gans.dcgan:dcgan",
    "upsampling_dcgan": "gan_tf.gans.upsampling_dcgan:upsampling_dcgan",
    "upsampling_gan": "gan_tf.gans.upsampling_gan:upsampling_gan",
}

# Keys of gan_tf.gans.losses.LOSSES, likewise.
LOSS_NAMES = ("non_saturating", "least_squares", "hinge", "wasserstein")

# What gan_tf.gans.label_law.label_probabilities knows, likewise.
LABEL_LAWS = ("real", "uniform", "tempered")


def family_builder(name: str):
    """The ``gan_tf.gans.family.FamilyBuilder`` that ``name`` of ``GANS`` stands for."""
    module, _, attribute = GANS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
