"""The distribution of fake labels: probabilities by hand, draws, refusals."""

import numpy as np
import pytest
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans import family_builder
from gan_tf.gans.noise_to_image import label_probabilities
from gan_tf.gans.options import LABEL_DISTRIBUTIONS, FamilyOptions
from gan_tf.training.noise import Noise

COUNTS = [900, 100, 0, 400]

EXPECTED = {
    "real": None,
    # A class without images is never drawn.
    "uniform": [1 / 3, 1 / 3, 0, 1 / 3],
    # Square roots 30, 10 and 20, in total 60.
    "tempered": [1 / 2, 1 / 6, 0, 1 / 3],
}


def test_every_distribution_has_an_expected_value():
    assert set(EXPECTED) == set(LABEL_DISTRIBUTIONS)


@pytest.mark.parametrize("distribution", EXPECTED)
def test_label_probabilities_have_the_values_computed_by_hand(distribution):
    probabilities = label_probabilities(distribution, 0.5, COUNTS)
    if EXPECTED[distribution] is None:
        assert probabilities is None
    else:
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, EXPECTED[distribution], rtol=1e-6)


@pytest.mark.parametrize(("exponent", "same_as"), [(0.0, [1, 1, 0, 1]), (1.0, COUNTS)])
def test_exponent_0_is_uniform_and_1_follows_the_data(exponent, same_as):
    probabilities = label_probabilities("tempered", exponent, COUNTS)
    np.testing.assert_allclose(probabilities, np.array(same_as) / sum(same_as), rtol=1e-6)


def test_an_unknown_distribution_is_refused():
    with pytest.raises(
        InputError, match="--label_distribution=flat is not one of real, uniform, tempered"
    ):
        label_probabilities("flat", 0.5, COUNTS)


def small_acgan(distribution):
    options = FamilyOptions(
        gan="acgan",
        loss="hinge",
        latent_dim=2,
        width=0.01,
        label_distribution=distribution,
        label_exponent=1.0,
    )
    return family_builder("acgan")((16, 16, 1), (75, 0, 25), options)


def test_fake_labels_are_real_or_drawn():
    real = tf.constant([0, 1, 2, 1] * 50)
    noise = Noise(Noise.key(1), 200)
    _, labels = small_acgan("real")._generate(real, noise)
    np.testing.assert_array_equal(labels, real)

    family = small_acgan("tempered")
    images, labels = family._generate(real, noise)
    counts = np.bincount(labels.numpy(), minlength=3)
    # 150 of 200, with a standard deviation of sqrt(200 * 3 / 16) = 6.
    assert counts[0] == pytest.approx(150, abs=25) and counts[1] == 0
    expected = family.networks["generator"](family.generator_inputs(labels, noise), training=True)
    np.testing.assert_array_equal(images, expected)


@pytest.mark.parametrize("gan", ["dcgan", "cyclegan"])
def test_an_unconditional_family_refuses_a_distribution(gan):
    options = FamilyOptions(
        gan=gan, loss="least_squares", latent_dim=2, width=0.01, label_distribution="uniform"
    )
    message = f"--label_distribution=uniform needs a conditional --gan, which {gan} is not"
    with pytest.raises(InputError, match=message):
        family_builder(gan)((32, 32, 3), (4, 4), options)
