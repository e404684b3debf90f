"""Families of GANs: one file and one line of this table each."""

import importlib

# Names as text, so that commands list them without importing TensorFlow.
GANS = {
    "cdcgan": "gan_tf.gans.cdcgan:conditional_dcgan",
    "dcgan": "gan_tf.gans.dcgan:dcgan",
}

# Keys of gan_tf.gans.losses.LOSSES, likewise.
LOSS_NAMES = ("non_saturating", "least_squares", "hinge")


def family_builder(name: str):
    """The ``gan_tf.gans.family.FamilyBuilder`` that ``name`` of ``GANS`` stands for."""
    module, _, attribute = GANS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
