"""Adversarial losses against values computed by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf
from small_families import digit_images

from gan_tf.gans import family_builder
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import LOSS_NAMES, FamilyOptions
from gan_tf.gans.regularization.gradient_penalties import gradient_penalty
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Update

REAL = np.array([[0.0], [math.log(3)]], np.float32)  # sigmoid: 1/2 and 3/4
FAKE = np.array([[0.0], [-math.log(3)]], np.float32)  # sigmoid: 1/2 and 1/4

EXPECTED = {
    # -mean(log D(real)) = (log 2 + log 4/3) / 2 = log(8/3) / 2; fakes mirror it: 1 - 1/2, 1 - 1/4.
    # Generator: -mean(log D(fake)) = (log 2 + log 4) / 2 = 1.5 log 2.
    "non_saturating": (math.log(8 / 3), 1.5 * math.log(2)),
    # 0.5 mean((r - 1)^2) + 0.5 mean(f^2), with l = log 3: (1 + (l - 1)^2 + l^2) / 4.
    # Generator: 0.5 mean((f - 1)^2) = (1 + (l + 1)^2) / 4.
    "least_squares": (
        (1 + (math.log(3) - 1) ** 2 + math.log(3) ** 2) / 4,
        (1 + (math.log(3) + 1) ** 2) / 4,
    ),
    # mean(max(0, 1 - r)): (1 + 0) / 2; mean(max(0, 1 + f)): (1 + 0) / 2, as log 3 > 1.
    # Generator: -mean(f) = log(3) / 2.
    "hinge": (1.0, math.log(3) / 2),
    # mean(f) - mean(r) = -log(3) / 2 - log(3) / 2. Generator: -mean(f) = log(3) / 2.
    "wasserstein": (-math.log(3), math.log(3) / 2),
    # real - fake is 0 and 2 log 3; sigmoids: 1/2 and 9/10, of their negatives 1/2 and 1/10.
    # -mean(log): (log 2 + log 10/9) / 2 = log(20/9) / 2. Generator: (log 2 + log 10) / 2.
    "relativistic": (math.log(20 / 9) / 2, math.log(20) / 2),
}


def test_every_loss_has_an_expected_value():
    assert set(LOSSES) == set(EXPECTED) == set(LOSS_NAMES)


@pytest.mark.parametrize("name", EXPECTED)
def test_losses_have_the_values_computed_by_hand(name):
    discriminator, generator = EXPECTED[name]
    assert float(LOSSES[name].discriminator(REAL, FAKE)) == pytest.approx(discriminator, rel=1e-6)
    assert float(LOSSES[name].generator(REAL, FAKE)) == pytest.approx(generator, rel=1e-6)


def test_cross_entropy_is_finite_for_large_logits():
    far = np.array([[1e4]], np.float32)
    assert float(LOSSES["non_saturating"].generator(far, -far)) == pytest.approx(1e4)
    assert float(LOSSES["relativistic"].generator(far, -far)) == pytest.approx(2e4)


# REAL and FAKE are the logits 0 and log(3), and 0 and -log(3). Means of their sigmoids, 1/2 and
# 3/4, and 1/2 and 1/4; the output of a least squares discriminator is the probability itself.
HALF_LOG_3 = math.log(3) / 2
LOGGED = {
    "non_saturating": ("probability", 0.625, 0.375),
    "least_squares": ("probability", HALF_LOG_3, -HALF_LOG_3),
    "hinge": ("score", HALF_LOG_3, -HALF_LOG_3),
    "wasserstein": ("score", HALF_LOG_3, -HALF_LOG_3),
    "relativistic": ("score", HALF_LOG_3, -HALF_LOG_3),
}


def test_readings_are_mean_probabilities_or_scores():
    assert set(LOGGED) == set(LOSSES)
    for loss, (name, real, fake) in LOGGED.items():
        readings = LOSSES[loss].readings(real_a=REAL, fake_a=FAKE)
        assert {key: float(value) for key, value in readings.items()} == {
            f"{name}/real_a": pytest.approx(real),
            f"{name}/fake_a": pytest.approx(fake),
        }


@pytest.mark.parametrize("loss", LOSSES)
def test_a_family_minimizes_its_loss_plus_ten_times_the_gradient_penalty(loss):
    family = family_builder("cdcgan")(
        (8, 8, 1), (3, 3), FamilyOptions(loss=loss, latent_dim=2, width=0.1)
    )
    images, labels = digit_images((8, 8, 1), 6)
    images, labels = to_float(tf.constant(images), family.pixel_range), tf.constant(labels)
    noise = Noise(Noise.key(1), 6)
    update = Update((DISCRIMINATOR, GENERATOR))
    losses = family.losses(update, {"image": images, "label": labels}, noise)

    one_hot = tf.one_hot(labels, 2)
    fake_images = family.networks["generator"](
        family.generator_inputs(labels, noise), training=True
    )

    def critic(inputs):
        return family.networks["discriminator"](inputs, training=True)

    real, fake = critic([images, one_hot]), critic([fake_images, one_hot])
    expected = {
        DISCRIMINATOR: float(LOSSES[loss].discriminator(real, fake)),
        GENERATOR: float(LOSSES[loss].generator(real, fake)),
    }
    if loss == "wasserstein":
        # Gulrajani et al. (2017), section 4: lambda is 10.
        penalty = gradient_penalty(critic, [images, one_hot], [fake_images, one_hot], noise)
        expected[DISCRIMINATOR] += 10 * float(penalty)
    assert {k: float(v) for k, v in losses.totals.items()} == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gan", ["cdcgan", "acgan"])
def test_the_generator_learns_a_relative_loss_beside_the_real_images_of_the_batch(gan):
    shape = (32, 32, 3) if gan == "acgan" else (8, 8, 1)
    options = FamilyOptions(loss="relativistic", latent_dim=2, width=0.1)
    family = family_builder(gan)(shape, (3, 3), options)
    images, labels = digit_images(shape, 6)
    images = to_float(tf.constant(images), family.pixel_range)
    batch, noise = {"image": images, "label": tf.constant(labels)}, Noise(Noise.key(1), 6)
    # The discriminator drops the same features in both updates, so it says the same.
    both = family.losses(Update((DISCRIMINATOR, GENERATOR)), batch, noise)
    alone = family.losses(Update((GENERATOR,)), batch, noise)
    assert float(alone.totals[GENERATOR]) == pytest.approx(float(both.totals[GENERATOR]), rel=1e-5)
