"""Every option of a config affects the networks, losses or state of the family."""

from dataclasses import fields

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
from gan_tf.gans.cyclegan import GENERATORS
from gan_tf.gans.options import FamilyOptions
from gan_tf.runs.data.card import DataCard, few_images_cautions
from gan_tf.runs.train_state import build_train_state
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Update


def family_of(gan, **options):
    shape = SMALL_FAMILIES[gan].image_shape
    data = DataCard("digits", ("0", "1"), (16, 81), shape, "0" * 64)
    return build_train_state(small_config(gan, **options), data).family


@pytest.mark.parametrize(
    ("distribution", "expected"),
    # 16 and 81 images, to the power of 1/4: 2 and 3, in total 5.
    [("real", None), ("uniform", [0.5, 0.5]), ("tempered", [0.4, 0.6])],
)
def test_the_label_distribution_reaches_the_family(distribution, expected):
    family = family_of("acgan", label_distribution=distribution, label_exponent=0.25)
    probabilities = family.label_probabilities
    if expected is None:
        assert probabilities is None
    else:
        assert probabilities == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_spectral_norm_selects_the_layers_of_the_discriminator(spectral_norm):
    layers = family_of("dcgan", spectral_norm=spectral_norm).networks["discriminator"].layers
    is_spectral = {type(x).__name__.startswith("Spectral") for x in layers if hasattr(x, "kernel")}
    assert is_spectral == {spectral_norm}


def test_networks_follow_their_options():
    # The first layer of [Baker2018] has 64 filters; times 0.05 that is 3.2.
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


def test_the_cyclegan_follows_its_options():
    options = {"cycle_weight": 3.0, "identity_weight": 0.25, "pool_size": 7, "residual_blocks": 2}
    family = family_of("cyclegan", **options)
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
    values = {name.removeprefix("loss/"): float(x) for name, x in losses.metrics.items()}
    sums = {
        kind: sum(x for name, x in values.items() if name.startswith(kind))
        for kind in ("adversarial", "cycle", "identity")
    }
    # The weight of the identity loss is relative to that of the cycle loss: 0.25 * 3.
    expected = sums["adversarial"] + 3 * sums["cycle"] + 0.75 * sums["identity"]
    assert values["generators"] == pytest.approx(expected, rel=1e-5)


def test_every_option_of_a_family_is_a_flag_with_its_default():
    flags = train.define_flags()
    assert {field.name: flags[field.name].default for field in fields(FamilyOptions)} == {
        field.name: field.default for field in fields(FamilyOptions)
    }


def test_classes_with_few_images_are_named():
    def cautions(*class_counts):
        names = tuple("abc"[: len(class_counts)])
        return few_images_cautions(DataCard("data", names, class_counts, (8, 8, 1), ""))

    assert cautions(100, 5000) == []
    (caution,) = cautions(99, 100, 3)
    assert caution.startswith("fewer than 100 images of 'a' (99), 'c' (3): a GAN underfits")
