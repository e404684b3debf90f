"""Group spectral regularization against plain singular values, and in the families."""

import numpy as np
import pytest
import tensorflow as tf
from small_families import SMALL_FAMILIES

from data_tools.errors import InputError
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.group_spectral import class_weights, group_spectral
from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization
from gan_tf.training.noise import Noise
from gan_tf.training.schedule import Update

WITH_CLASS_LAYERS = ("projection_gan",)


def layer(channels, num_classes, seed=None):
    """Return a layer with random tables, or with initial ones."""
    built = ConditionalBatchNormalization()
    built.build([(4, 2, 2, channels), (4, num_classes)])
    if seed is not None:
        for number, table in enumerate((built.gain, built.shift)):
            table.assign(tf.random.stateless_normal(table.shape, [seed, number]))
    return built


def test_weights_are_in_inverse_proportion_to_effective_numbers():
    # (1 - 0.999^n) / 0.001 is 1 for one image, 1.999 for two and 1,000 for very many; the inverses
    # 1, 0.50025 and 0.001 have the mean 0.50042.
    weights = class_weights([1, 2, 10**6])
    np.testing.assert_allclose(weights, np.array([1, 0.50025, 0.001]) / 0.50042, rtol=1e-4)
    np.testing.assert_array_equal(class_weights([5, 5]), [1.0, 1.0])
    assert np.isfinite(class_weights([0, 5])).all()


def test_nothing_is_learned_at_first():
    assert float(group_spectral([layer(8, 3)], np.ones(3, np.float32))) == 0.0


def test_a_class_counts_by_its_largest_singular_value():
    one = layer(4, 2)
    # Gains of 1 + diag(3, 2) and shifts of diag(0, 1), as 2x2 matrices, have 3^2 and 1^2.
    one.gain.assign([[1 + 3, 1, 1, 1 + 2], [1, 1, 1, 1]])
    one.shift.assign([[0, 0, 0, 1], [0, 0, 0, 0]])
    assert float(group_spectral([one], np.float32([1.0, 1.0]))) == pytest.approx((9 + 1) / 2)
    assert float(group_spectral([one], np.float32([0.5, 1.5]))) == pytest.approx((9 + 1) / 4)


# 12 channels are 3x4, 8 are 2x4, and 7 are a row.
@pytest.mark.parametrize(("channels", "height"), [(12, 3), (8, 2), (7, 1), (1, 1)])
def test_the_term_is_that_of_plain_singular_values(channels, height):
    layers = [layer(channels, 3, seed) for seed in (1, 2)]
    weights = np.float32([0.5, 1.0, 1.5])

    def norms(table):
        return np.array([np.linalg.norm(row.reshape(height, -1), 2) ** 2 for row in table])

    expected = np.mean(
        [weights * (norms(x.gain.numpy() - 1) + norms(x.shift.numpy())) for x in layers]
    )
    assert float(group_spectral(layers, weights)) == pytest.approx(expected, rel=1e-5)


def test_gradients_are_slopes():
    one = layer(6, 2, seed=4)
    weights = class_weights([3, 40])
    for table in (one.gain, one.shift):
        with tf.GradientTape() as tape:
            value = group_spectral([one], weights)
        gradient = tape.gradient(value, table.value)
        direction = tf.random.stateless_normal(table.shape, [9, 9])
        values = []
        for distance in (1e-2, -2e-2):
            table.assign_add(distance * direction)
            values.append(float(group_spectral([one], weights)))
        table.assign_add(1e-2 * direction)
        slope = float(tf.reduce_sum(gradient * direction))
        assert (values[0] - values[1]) / 2e-2 == pytest.approx(slope, rel=1e-2)


def build(name, **options):
    shape = SMALL_FAMILIES[name].image_shape
    options = FamilyOptions(gan=name, latent_dim=2, width=0.05, **options)
    return family_builder(name)(shape, (3, 1), options)


@pytest.mark.parametrize("name", WITH_CLASS_LAYERS)
def test_a_family_adds_the_term_to_the_loss_of_its_generator(name):
    family = build(name, group_spectral_weight=0.5)
    layers = [
        x
        for x in family.networks["generator"].layers
        if isinstance(x, ConditionalBatchNormalization)
    ]
    for number, one in enumerate(layers):
        one.gain.assign_add(tf.random.stateless_normal(one.gain.shape, [0, number]))
    images = tf.random.stateless_uniform([4, *SMALL_FAMILIES[name].image_shape], [1, 2], -1.0, 1.0)
    labels, noise = tf.constant([0, 1, 0, 1]), Noise(Noise.key(1), 4)
    both = Update((DISCRIMINATOR, GENERATOR))
    losses = family.losses(both, {"image": images, "label": labels}, noise)
    fakes, _ = family._generate(labels, noise)
    logits = family._critic([fakes, tf.one_hot(labels, 2)], noise, "fake")
    expected = float(group_spectral(layers, class_weights([3, 1])))
    assert expected > 0.0
    assert float(losses.metrics["group_spectral"]) == pytest.approx(expected)
    assert float(losses.totals[GENERATOR]) == pytest.approx(
        float(LOSSES["non_saturating"].generator(None, logits)) + 0.5 * expected, rel=1e-4
    )


@pytest.mark.parametrize(
    "name", [x for x, entry in GANS.items() if not entry.translates and x not in WITH_CLASS_LAYERS]
)
def test_a_family_without_class_layers_refuses_it(name):
    with pytest.raises(InputError, match=f"--gan={name} does not have; use --gan=projection_gan"):
        build(name, group_spectral_weight=0.5)
