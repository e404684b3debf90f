"""Every family of the table: gradients, what moves, labels, learning."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from data_tools.errors import InputError
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.adversarial import DISCRIMINATOR, GENERATOR, alternating_updates
from gan_tf.inputs.batches import Batches
from gan_tf.networks.layers import NetworkSettings
from gan_tf.training.loop import run_phase
from gan_tf.training.noise import Noise
from gan_tf.training.objective import Phase, Update
from gan_tf.training.step import Step

# The smallest image each family takes, and whether it knows labels.
SHAPES = {"cdcgan": ((8, 8, 1), True), "dcgan": ((16, 16, 3), False)}


def build(name, loss="non_saturating", dtype="float32"):
    shape, _ = SHAPES[name]
    return family_builder(name)(
        shape, 2, latent_dim=8, loss=loss, settings=NetworkSettings(1, 0.125, dtype)
    )


def adam(family, rate=2e-4):
    return {name: keras.optimizers.Adam(rate, beta_1=0.5) for name in family.networks}


def batch(name, num_images=4):
    generator = np.random.default_rng(0)
    return {
        "image": generator.integers(0, 256, (num_images, *SHAPES[name][0]), np.uint8),
        "label": np.arange(num_images, dtype=np.int32) % 2,
    }


def values(network):
    return [v.numpy() for v in network.trainable_variables]


def test_every_family_is_tested():
    assert set(SHAPES) == set(GANS)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("moved", ["discriminator", "generator"])
def test_an_update_moves_every_variable_of_its_own_network_and_no_other(name, moved):
    family = build(name)
    before = {network: values(model) for network, model in family.networks.items()}
    schedule = (Update(((moved,),)),)
    Step(Phase(family, schedule, 1, adam(family)), seed=0)(0, [batch(name)])
    for network, model in family.networks.items():
        for old, new in zip(before[network], values(model), strict=True):
            assert np.array_equal(old, new) == (network != moved)


@pytest.mark.parametrize("name", SHAPES)
def test_sampling_follows_labels_only_where_the_family_knows_them(name):
    family = build(name)
    noise = Noise(Noise.key(3), 4)
    zeros = family.sample(tf.zeros([4], tf.int32), noise).numpy()
    ones = family.sample(tf.ones([4], tf.int32), noise).numpy()
    assert family.conditional == SHAPES[name][1]
    assert np.array_equal(zeros, ones) != family.conditional
    assert zeros.shape == (4, *SHAPES[name][0])
    low, high = family.pixel_range
    assert low <= zeros.min() and zeros.max() <= high


@pytest.mark.parametrize("name", SHAPES)
def test_a_further_network_has_the_initial_weights(name):
    family = build(name)
    assert set(family.generators) <= set(family.networks)
    for network, model in family.networks.items():
        for a, b in zip(values(model), values(family.build_network(network)), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", SHAPES)
def test_first_discriminator_loss_is_twice_log_2(name):
    # Untrained logits are near 0, so D(x) = 1/2 on both halves: 2 log 2 = 1.386. Batch
    # normalisation brings 128 units to variance 1; weights of deviation 0.02 leave logits of 0.2.
    family = build(name)
    phase = Phase(family, (Update((DISCRIMINATOR, GENERATOR)),), 1, adam(family))
    metrics = Step(phase, seed=0)(0, [batch(name)])
    assert float(metrics["loss/discriminator"]) == pytest.approx(1.386, abs=0.25)
    assert float(metrics["loss/generator"]) == pytest.approx(0.693, abs=0.15)


def zeros_and_ones(edge):
    """scikit-learn's 8x8 zeros and ones, enlarged to ``edge`` pixels."""
    digits = load_digits()
    wanted = digits.target < 2
    images = np.rint(digits.images[wanted] * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    repeats = edge // 8
    return images.repeat(repeats, axis=1).repeat(repeats, axis=2), digits.target[wanted]


# For each family: an edge that suits it, learning rate, steps, width.
TOY_TRAINING = {"cdcgan": (8, 2e-3, 300, 0.25), "dcgan": (32, 1e-3, 150, 0.1)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_few_hundred_steps_learn_the_two_class_means(name):
    edge, rate, steps, width = TOY_TRAINING[name]
    images, labels = zeros_and_ones(edge)
    family = family_builder(name)(
        images.shape[1:], 2, latent_dim=8, loss="non_saturating", settings=NetworkSettings(1, width)
    )
    # Two discriminator updates: against batch-normalised batches of so simple images the
    # discriminator is the slower learner.
    phase = Phase(family, alternating_updates(2, 1), steps, adam(family, rate))
    run_phase(phase, Batches(images, labels.astype(np.int32), 64, seed=0), seed=0)
    means = np.array(
        [
            family.sample(tf.fill([64], label), Noise(Noise.key(9, label), 64)).numpy().mean(0)
            for label in (0, 1)
        ]
    )
    real = np.array([images[labels == label].mean(0) for label in (0, 1)])
    if family.conditional:
        # The class means of zeros and ones correlate by 0.48: below 0.7 the label is not followed.
        for label in (0, 1):
            own, other = (correlation(means[label], real[k]) for k in (label, 1 - label))
            assert own > 0.7 and own > other + 0.2
    else:
        assert correlation(means.mean(0), real.mean(0)) > 0.6


def correlation(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.mark.parametrize("name", SHAPES)
def test_mixed_bfloat16_trains_with_float32_losses(name):
    family = build(name, dtype="mixed_bfloat16")
    phase = Phase(family, alternating_updates(1, 1), 1, adam(family))
    metrics = Step(phase, seed=0)(0, [batch(name)])
    assert {value.dtype for value in metrics.values()} == {tf.float32}
    assert all(np.isfinite(float(value)) for value in metrics.values())


@pytest.mark.parametrize("name", SHAPES)
def test_images_of_a_wrong_edge_are_refused(name):
    height, width, channels = SHAPES[name][0]
    with pytest.raises(InputError, match=f"--gan={name} takes images .* multiples of"):
        family_builder(name)(
            (height + 1, width, channels),
            2,
            latent_dim=8,
            loss="hinge",
            settings=NetworkSettings(0),
        )


def test_document_b_order_of_updates():
    assert alternating_updates(1, 2) == (
        Update((DISCRIMINATOR,), fresh_batch=True),
        Update((GENERATOR,), fresh_batch=False),
        Update((GENERATOR,), fresh_batch=False),
    )
