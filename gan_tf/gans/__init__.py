"""Families of GANs: one file and one line of this table each."""

import importlib

# Names as text, so that commands list them without importing TensorFlow.
GANS = {
    "acgan": "gan_tf.gans.acgan:acgan",
    "cdcgan": "gan_tf.gans.cdcgan:conditional_dcgan",
    "cyclegan": "gan_tf.gans.cyclegan:cyclegan",
    "dcgan": "gan_tf.gans.dcgan:dcgan",
    "upsampling_dcgan": "gan_tf.gans.upsampling_dcgan:upsampling_dcgan",
    "upsampling_gan": "gan_tf.gans.upsampling_gan:upsampling_gan",
}

# Those that turn images of one domain into another's; the others make images from noise.
TRANSLATORS = ("cyclegan",)

# What a family's builder takes beside what all take: fields of gan_tf.runs.recipe.Recipe.
OWN_CHOICES = {"cyclegan": ("cycle_weight", "identity_weight", "pool_size", "residual_blocks")}

# Flags of gan_tf.train whose default is another one for a family.
OWN_DEFAULTS = {
    "acgan": {"batch_size": 100, "generator_steps": 1},
    "cyclegan": {
        "loss": "least_squares",
        "batch_size": 1,
        "generator_steps": 1,
        "decay_from": 0.5,
    },
    "upsampling_dcgan": {"batch_size": 100, "generator_steps": 1, "margin": 0.1},
    "upsampling_gan": {
        "batch_size": 32,
        "generator_steps": 1,
        "learning_rate": 1.5e-4,
        "sample_every": "epoch",
    },
}

# Keys of gan_tf.gans.losses.LOSSES, likewise.
LOSS_NAMES = ("non_saturating", "least_squares", "hinge", "wasserstein")

# What gan_tf.gans.label_law.label_probabilities knows, likewise.
LABEL_LAWS = ("real", "uniform", "tempered")


def family_builder(name: str):
    """The ``gan_tf.gans.family.FamilyBuilder`` that ``name`` of ``GANS`` stands for."""
    module, _, attribute = GANS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
