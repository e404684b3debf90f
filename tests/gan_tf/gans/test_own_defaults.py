"""Defaults of families that follow their sources."""

import pytest

from data_tools import command_line
from gan_tf import cli, train
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, alternating_schedule
from gan_tf.gans.options import FamilyOptions
from gan_tf.training.schedule import Update


@pytest.mark.parametrize(
    ("gan", "defaults"),
    [
        # Odena et al. (2017), table 1; Adam's learning rate of 2e-4 is the general default.
        ("acgan", {"batch_size": 100, "generator_steps": 1}),
        # Measured, see docs/decisions/gans.md.
        (
            "projection_gan",
            {
                "r1_weight": 1.0,
                "r1_every": 4,
                "latent_dim": 32,
                "learning_rate": 4e-4,
                "generator_steps": 1,
            },
        ),
        # "Implementación de Redes Generativas Adversarias ..." (2019), section 6, all tests.
        ("upsampling_dcgan", {"batch_size": 100, "generator_steps": 1, "margin": 0.1}),
        # "Detección de lesiones cutáneas ..." (2020), appendix A.3.
        (
            "upsampling_gan",
            {
                "batch_size": 32,
                "generator_steps": 1,
                "learning_rate": 1.5e-4,
                "sample_every": "epoch",
            },
        ),
        # Zhu et al. (2017), section 4 and appendix 7.1: a constant rate for half of the epochs.
        (
            "cyclegan",
            {
                "loss": "least_squares",
                "batch_size": 1,
                "generator_steps": 1,
                "decay_start": 0.5,
            },
        ),
    ],
)
def test_defaults_are_those_of_the_sources(gan, defaults):
    assert GANS[gan].defaults == defaults
    values = cli.parse(train.define_flags(), ["--latent_dim=7"])
    command_line.set_defaults(values, GANS[gan].defaults)
    for flag, value in (defaults | {"latent_dim": 7}).items():
        assert values[flag].value == value


def test_every_family_with_defaults_is_tested():
    (parameters,) = [x for x in test_defaults_are_those_of_the_sources.pytestmark if x.args]
    assert {gan for gan, _ in parameters.args[1]} == {
        gan for gan, entry in GANS.items() if entry.defaults
    }


def test_upsampling_gan_updates_both_networks_simultaneously():
    family = family_builder("upsampling_gan")(
        (32, 32, 3), (1,), FamilyOptions(latent_dim=2, width=0.02)
    )
    assert family.schedule(1, 1).updates == (Update((DISCRIMINATOR, GENERATOR)),)
    assert family.schedule(2, 1).updates == alternating_schedule(2, 1).updates
