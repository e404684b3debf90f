"""The law of fake labels: probabilities by hand, what is drawn, who is warned."""

import numpy as np
import pytest
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans import LABEL_DISTRIBUTIONS, family_builder
from gan_tf.gans.cyclegan import cyclegan
from gan_tf.gans.dcgan import dcgan
from gan_tf.gans.label_distribution import few_images_cautions, label_probabilities
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.noise import Noise

COUNTS = [900, 100, 0, 400]

EXPECTED = {
    "real": None,
    # A class without images is never asked for.
    "uniform": [1 / 3, 1 / 3, 0, 1 / 3],
    # Square roots 30, 10 and 20 of 60.
    "tempered": [1 / 2, 1 / 6, 0, 1 / 3],
}


def test_every_law_has_an_expected_value():
    assert set(EXPECTED) == set(LABEL_DISTRIBUTIONS)


@pytest.mark.parametrize("law", EXPECTED)
def test_law(law):
    found = label_probabilities(law, 0.5, COUNTS)
    if EXPECTED[law] is None:
        assert found is None
    else:
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, EXPECTED[law], rtol=1e-6)


@pytest.mark.parametrize(("temper", "same_as"), [(0.0, [1, 1, 0, 1]), (1.0, COUNTS)])
def test_the_ends_of_the_temper(temper, same_as):
    found = label_probabilities("tempered", temper, COUNTS)
    np.testing.assert_allclose(found, np.array(same_as) / sum(same_as), rtol=1e-6)


def test_an_unknown_law_is_refused():
    with pytest.raises(
        InputError, match="--label_distribution=flat is not one of real, uniform, tempered"
    ):
        label_probabilities("flat", 0.5, COUNTS)


def test_classes_of_few_images_are_named():
    assert few_images_cautions(["a", "b"], [100, 5000]) == []
    (caution,) = few_images_cautions(["a", "b", "c"], [99, 100, 3])
    assert caution.startswith("fewer than 100 images of 'a' (99), 'c' (3): a GAN learns")


def small_acgan(probabilities):
    return family_builder("acgan")(
        (16, 16, 1),
        3,
        latent_dim=2,
        loss="hinge",
        settings=NetworkOptions(0, 0.01),
        label_probabilities=probabilities,
    )


def test_fake_labels_follow_the_real_ones_or_the_law():
    real = tf.constant([0, 1, 2, 1] * 50)
    noise = Noise(Noise.key(1), 200)
    _, labels = small_acgan(None)._generated(real, noise)
    np.testing.assert_array_equal(labels, real)

    family = small_acgan(np.array([0.75, 0.0, 0.25], np.float32))
    images, labels = family._generated(real, noise)
    counts = np.bincount(labels.numpy(), minlength=3)
    # 150 of 200, with a deviation of root(200 * 3 / 16) = 6.
    assert counts[0] == pytest.approx(150, abs=25) and counts[1] == 0
    expected = family.networks["generator"](family.generator_inputs(labels, noise), training=True)
    np.testing.assert_array_equal(images, expected)


@pytest.mark.parametrize("build", [dcgan, cyclegan])
def test_a_family_without_labels_takes_no_law(build):
    with pytest.raises(InputError, match="--label_distribution is for a --gan that knows labels"):
        build(
            (32, 32, 3),
            2,
            latent_dim=2,
            loss="least_squares",
            settings=NetworkOptions(0, 0.01),
            label_probabilities=np.array([0.5, 0.5], np.float32),
        )
