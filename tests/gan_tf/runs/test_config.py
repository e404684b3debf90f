"""What a config's choices make of the family: each is seen in its networks, losses or state."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_families import (
    SMALL_FAMILIES,
    digit_images,
    hidden_and_last_precisions,
    small_config,
)

from gan_tf import train
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.cyclegan import GENERATORS
from gan_tf.gans.family import FamilyBuilder
from gan_tf.runs.config import DataCard, TrainConfig, build_train_state
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Update


def family_of(gan, **changes):
    shape = SMALL_FAMILIES[gan].image_shape
    data = DataCard("digits", ("0", "1"), (16, 81), shape, "0" * 64)
    return build_train_state(small_config(gan)._replace(**changes), data).family


@pytest.mark.parametrize(
    ("law", "expected"),
    # 16 and 81 images, to the power of 1/4: 2 and 3 of 5.
    [("real", None), ("uniform", [0.5, 0.5]), ("tempered", [0.4, 0.6])],
)
def test_the_law_of_labels(law, expected):
    found = family_of("acgan", label_distribution=law, label_exponent=0.25).label_probabilities
    assert found is None if expected is None else found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_the_norm_of_the_discriminator(spectral_norm):
    layers = family_of("dcgan", spectral_norm=spectral_norm).networks["discriminator"].layers
    found = {type(x).__name__.startswith("Spectral") for x in layers if hasattr(x, "kernel")}
    assert found == {spectral_norm}


def test_settings_of_the_networks():
    # [Baker2018]'s first layer has 64 filters: 0.05 of them are 3.2.
    family = family_of("dcgan", latent_dim=7, width=0.05, precision="mixed_bfloat16", seed=5)
    assert family.networks["generator"].input_shape == (None, 7)
    first, *others = [x for x in family.networks["discriminator"].layers if hasattr(x, "kernel")]
    assert first.filters == 3
    for network in family.networks.values():
        assert hidden_and_last_precisions(network) == ({"bfloat16"}, {"float32"})
    again, other_seed = (
        family_of("dcgan", width=0.05, seed=seed).networks["discriminator"].get_weights()[0]
        for seed in (5, 6)
    )
    np.testing.assert_array_equal(first.get_weights()[0], again)
    assert not np.allclose(again, other_seed)


def test_what_a_cyclegan_alone_has():
    changes = {"cycle_weight": 3.0, "identity_weight": 0.25, "pool_size": 7, "residual_blocks": 2}
    assert set(changes) == set(GANS["cyclegan"].own_choices)
    family = family_of("cyclegan", **changes)
    assert [family.state[f"pool_{d}"].shape[0] for d in "ab"] == [7, 7]
    for name in GENERATORS:
        sums = [x for x in family.networks[name].layers if isinstance(x, keras.layers.Add)]
        assert len(sums) == 2
    images, labels = digit_images((24, 24, 1))
    batch = {
        f"image_{d}": to_float(tf.constant(images[labels == label][:2]), family.pixel_range)
        for d, label in (("a", 0), ("b", 1))
    }
    losses = family.losses(Update((GENERATORS,)), batch, Noise(Noise.key(0), 2))
    found = {name.removeprefix("loss/"): float(x) for name, x in losses.metrics.items()}
    sums = {
        kind: sum(x for name, x in found.items() if name.startswith(kind))
        for kind in ("adversarial", "cycle", "identity")
    }
    # The weight of the identity is a share of the cycle's: 0.25 * 3.
    expected = sums["adversarial"] + 3 * sums["cycle"] + 0.75 * sums["identity"]
    assert found["generators"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gan", GANS)
def test_choices_of_one_family_are_fields_of_the_recipe(gan):
    common = inspect.signature(FamilyBuilder.__call__).parameters
    taken = inspect.signature(family_builder(gan)).parameters
    own = {
        name: parameter.default
        for name, parameter in taken.items()
        if name not in common and parameter.kind is not parameter.VAR_KEYWORD
    }
    names = GANS[gan].own_choices
    flags = train.define_flags()
    # Without a word about them all three take the same.
    assert own == {name: TrainConfig._field_defaults[name] for name in names}
    assert own == {name: flags[name].default for name in names}
