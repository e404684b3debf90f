"""The two terms of the ACGAN's losses against NumPy, from its discriminator's logits."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, log_softmax
from small_families import digit_images

from gan_tf.gans import family_builder
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import FamilyOptions
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Update

LABELS = np.array([0, 2, 1, 2, 0, 1], np.int32)


def small_acgan(loss):
    options = FamilyOptions(gan="acgan", loss=loss, latent_dim=2, width=0.05)
    return family_builder("acgan")((16, 16, 1), (2, 2, 2), options)


@cache
def losses_and_logits(loss):
    family = small_acgan(loss)
    # The third class also holds zeros and ones.
    images = to_float(tf.constant(digit_images((16, 16, 1), 6)[0]), family.pixel_range)
    noise = Noise(Noise.key(1), 6)
    batch = {"image": images, "label": tf.constant(LABELS)}
    losses = family.losses(Update((DISCRIMINATOR, GENERATOR)), batch, noise)
    fake_images, _ = family._generate(batch["label"], noise)
    logits = family._discriminate_jointly([batch["image"]], [fake_images], noise)
    return losses, [x.numpy() for x in logits]


def test_d_maximizes_l_s_plus_l_c_and_g_maximizes_l_c_minus_l_s():
    losses, logits = losses_and_logits("non_saturating")
    real_source, fake_source, real_classes, fake_classes = logits
    # L_S = E log P(real | real image) + E log P(fake | fake image); L_C is the same for the class.
    l_s = np.log(expit(real_source)).mean() + np.log(expit(-fake_source)).mean()
    of_real = log_softmax(real_classes, axis=1)[np.arange(6), LABELS].mean()
    of_fake = log_softmax(fake_classes, axis=1)[np.arange(6), LABELS].mean()
    # The generator maximizes log P(real | fake image), which decreases as L_S increases.
    source = np.log(expit(fake_source)).mean()
    expected = {
        "source_loss/discriminator": -l_s,
        "class_loss/discriminator": -(of_real + of_fake),
        "loss/discriminator": -(l_s + of_real + of_fake),
        "source_loss/generator": -source,
        "class_loss/generator": -of_fake,
        "loss/generator": -(source + of_fake),
        "class_accuracy/real": (real_classes.argmax(1) == LABELS).mean(),
        "class_accuracy/fake": (fake_classes.argmax(1) == LABELS).mean(),
        "probability/real": expit(real_source).mean(),
        "probability/fake": expit(fake_source).mean(),
    }
    assert {k: float(v) for k, v in losses.metrics.items()} == pytest.approx(expected, rel=1e-5)
    assert losses.totals[DISCRIMINATOR] is losses.metrics["loss/discriminator"]
    assert losses.totals[GENERATOR] is losses.metrics["loss/generator"]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_source_term_is_the_selected_loss(loss):
    losses, (real_source, fake_source, real_classes, fake_classes) = losses_and_logits(loss)
    metrics = {name: float(value) for name, value in losses.metrics.items()}
    source = float(LOSSES[loss].discriminator(real_source, fake_source))
    if loss == "wasserstein":
        # Gulrajani et al. (2017), section 4: lambda is 10.
        source += 10 * metrics["gradient_penalty"]
    of_real, of_fake = (
        -log_softmax(classes, axis=1)[np.arange(6), LABELS].mean()
        for classes in (real_classes, fake_classes)
    )
    assert metrics["source_loss/discriminator"] == pytest.approx(source, rel=1e-5)
    expected = {
        DISCRIMINATOR: source + of_real + of_fake,
        GENERATOR: float(LOSSES[loss].generator(real_source, fake_source)) + of_fake,
    }
    assert {k: float(v) for k, v in losses.totals.items()} == pytest.approx(expected, rel=1e-5)


def test_initial_losses_are_those_of_random_guessing():
    # Weights with standard deviation 0.02 give logits near 0: each source term is log 2, each class
    # term log 3; the discriminator has two of each, the generator one.
    metrics = losses_and_logits("non_saturating")[0].metrics
    for network, count in (("discriminator", 2), ("generator", 1)):
        source, classes = (float(metrics[f"{part}_loss/{network}"]) for part in ("source", "class"))
        assert source == pytest.approx(count * np.log(2), abs=0.3)
        assert classes == pytest.approx(count * np.log(3), abs=0.3)


def test_both_halves_are_normalized_as_one_batch():
    family = small_acgan("hinge")
    images = tf.random.stateless_normal([4, 16, 16, 1], [0, 1])
    noise = Noise(Noise.key(1), 4)
    real, fake, real_classes, fake_classes = family._discriminate_jointly([images], [images], noise)
    # Equal images with different dropout; the joint batch has the same order.
    inputs = [
        tf.concat(pair, 0)
        for pair in zip(
            family._with_dropout([images], noise, "real"),
            family._with_dropout([images], noise, "fake"),
            strict=True,
        )
    ]
    source, classes = family.networks["discriminator"](inputs, training=True)
    np.testing.assert_allclose(tf.concat([real, fake], 0), source, rtol=1e-6)
    np.testing.assert_allclose(tf.concat([real_classes, fake_classes], 0), classes, rtol=1e-6)
    assert not np.allclose(real, fake)
    # Fake images with a different contrast change the logits of the real ones.
    with_other_fakes = family._discriminate_jointly([images], [3.0 * images], noise)[0]
    assert not np.allclose(with_other_fakes, real, rtol=1e-3)
