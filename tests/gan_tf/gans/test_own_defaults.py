"""Families that are trained as their sources say unless flags say otherwise."""

import pytest

from gan_tf import cli, train
from gan_tf.gans import OWN_DEFAULTS


@pytest.mark.parametrize(
    ("gan", "defaults"),
    [
        # Odena et al. (2017), table 1; Adam's rate 2e-4 is that of all.
        ("acgan", {"batch_size": 100, "generator_steps": 1}),
        # "Implementación de Redes Generativas Adversarias ..." (2019), section 6, all tests.
        ("upsampling_dcgan", {"batch_size": 100, "generator_steps": 1}),
        # "Detección de lesiones cutáneas ..." (2020), appendix A.3.
        ("upsampling_gan", {"batch_size": 32, "generator_steps": 1, "learning_rate": 1.5e-4}),
    ],
)
def test_defaults_are_those_of_the_sources(gan, defaults):
    assert OWN_DEFAULTS[gan] == defaults
    values = cli.parse(train.define_flags(), ["--latent_dim=7"])
    cli.set_defaults(values, OWN_DEFAULTS[gan])
    for flag, value in (defaults | {"latent_dim": 7}).items():
        assert values[flag].value == value
