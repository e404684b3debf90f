"""Regularizers against values worked out by hand, and their gradients in every family."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from small_families import SMALL_FAMILIES, digit_images

from data_tools.errors import InputError
from gan_tf.gans import GANS, family_builder
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.diff_augment import translation
from gan_tf.gans.regularization.gradient_penalties import squared_gradient
from gan_tf.gans.regularization.options import RegularizationOptions
from gan_tf.gans.regularization.regularizers import (
    LECAM_STATE,
    REGULARIZERS,
    Discrimination,
    new_state,
    regularizer_weights,
)
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import Update

WEIGHTS = np.array([1.0, -2.0, 3.0, 4.0], np.float32)  # |w|^2 = 1 + 4 + 9 + 16 = 30


def critic(inputs, name="", noise=None):
    """Return w . x for images of 2x2 pixels."""
    return tf.reshape(inputs[0], [-1, 4]) @ WEIGHTS[:, np.newaxis]


def discrimination(state=None, **options):
    """Return what ``critic`` sees and returns for six random images, three of them real."""
    real, fake = ([tf.random.stateless_normal([3, 2, 2, 1], [0, seed])] for seed in (1, 2))
    return Discrimination(
        real,
        fake,
        critic(real),
        critic(fake),
        critic,
        lambda real, fake: (critic(real), critic(fake)),
        Noise(Noise.key(1), 3),
        state or {},
        RegularizationOptions(**options),
        (-1.0, 1.0),
    )


#: Penalty -> the images it is taken at.
PENALTIES = {"r1": "real", "r2": "fake"}
each_penalty = pytest.mark.parametrize(("name", "kind"), PENALTIES.items())


@each_penalty
def test_r1_and_r2_are_half_the_squared_gradient(name, kind):
    assert float(REGULARIZERS[name].function(discrimination()).value) == pytest.approx(15.0)


@each_penalty
def test_r1_is_taken_at_real_and_r2_at_generated_images(name, kind):
    seen = discrimination()._replace(critic=cubic)
    # The gradient of sum(x^3) is 3 x^2.
    expected = np.mean(np.sum(9 * getattr(seen, kind)[0].numpy() ** 4, axis=(1, 2, 3))) / 2
    assert float(REGULARIZERS[name].function(seen).value) == pytest.approx(expected, rel=1e-5)


def cubic(inputs, name, noise):
    """Return the sum of the cubes of the pixels of each image."""
    return tf.reduce_sum(inputs[0] ** 3, axis=[1, 2, 3])[:, tf.newaxis]


@each_penalty
def test_r1_and_r2_may_be_taken_at_some_images_with_their_noise(name, kind):
    drawn = []

    def with_noise(inputs, key, noise):
        assert key == kind
        drawn.append(noise.uniform("dropout").numpy())
        return cubic(inputs, key, noise)

    seen = discrimination(r1_every=2)._replace(critic=with_noise)
    # Of three images, one of the first two.
    rows = seen.noise.spaced_rows(name, 2).numpy()
    assert len(rows) == 1
    images = getattr(seen, kind)[0].numpy()[rows]
    expected = np.mean(np.sum(9 * images**4, axis=(1, 2, 3))) / 2
    assert float(REGULARIZERS[name].function(seen).value) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_array_equal(drawn[0], seen.noise.uniform("dropout").numpy()[rows])


def test_consistency_is_the_squared_change_of_the_logits():
    seen = discrimination(consistency_augment=("flip",))
    expected = 0.0
    for name, images in (("real", seen.real[0]), ("fake", seen.fake[0])):
        drawn = seen.noise.uniform(f"consistency/{name}/flip").numpy()
        # Mirroring swaps the columns: w . (x - x') = (w0 - w1)(x0 - x1) + (w2 - w3)(x2 - x3).
        x = images.numpy().reshape(3, 4)
        change = 3.0 * (x[:, 0] - x[:, 1]) - 1.0 * (x[:, 2] - x[:, 3])
        expected += np.mean(np.where(drawn < 0.5, change, 0.0) ** 2)
    value = float(REGULARIZERS["consistency"].function(seen).value)
    assert expected > 0 and value == pytest.approx(expected, rel=1e-5)


def test_lecam_is_the_distance_from_the_average_of_the_other_kind():
    state = new_state(["lecam"])
    assert [float(state[name]) for name in LECAM_STATE] == [0.0, 0.0]
    state["lecam/real"].assign(2.0)
    state["lecam/fake"].assign(-1.0)
    seen = discrimination(state, lecam_decay=0.9)
    value, following = REGULARIZERS["lecam"].function(seen)
    real, fake = seen.real_logits.numpy(), seen.fake_logits.numpy()
    expected = np.mean((real + 1.0) ** 2) + np.mean((fake - 2.0) ** 2)
    assert float(value) == pytest.approx(expected, rel=1e-5)
    assert {name: float(x) for name, x in following.items()} == pytest.approx(
        {"lecam/real": 1.8 + 0.1 * real.mean(), "lecam/fake": -0.9 + 0.1 * fake.mean()}, rel=1e-5
    )


def test_every_regularizer_is_off_by_default_and_has_a_weight():
    assert regularizer_weights(RegularizationOptions(), LOSSES["hinge"]) == {}
    assert regularizer_weights(RegularizationOptions(), LOSSES["wasserstein"]) == {
        "gradient_penalty": 10.0
    }
    expected = {"r1": 1.0, "r2": 4.0, "consistency": 2.0, "lecam": 3.0}
    options = RegularizationOptions(**{f"{name}_weight": x for name, x in expected.items()})
    weights = regularizer_weights(options, LOSSES["wasserstein"])
    assert weights == {"gradient_penalty": 10.0, **expected}
    assert list(weights) == list(REGULARIZERS)


def test_consistency_without_a_change_is_refused():
    options = RegularizationOptions(consistency_weight=1.0, consistency_augment=())
    with pytest.raises(InputError, match="^--consistency_weight .* --consistency_augment names no"):
        regularizer_weights(options, LOSSES["hinge"])


FAMILIES = [name for name, entry in GANS.items() if not entry.translates]


def family_and_batch(name, **options):
    shape = SMALL_FAMILIES[name].image_shape
    family = family_builder(name)(
        shape, (2, 2), FamilyOptions(**{"gan": name, "latent_dim": 2, "width": 0.05} | options)
    )
    images, labels = digit_images(shape, 4)
    batch = {"image": to_float(tf.constant(images), family.pixel_range), "label": labels}
    return family, batch


@pytest.mark.parametrize("name", ["cdcgan", "acgan", "projection_gan"])
def test_a_family_adds_the_weighted_terms_to_the_loss_of_its_discriminator(name):
    weights = {"r1": 2.0, "r2": 1.5, "consistency": 3.0, "lecam": 0.5}
    options = {f"{key}_weight": value for key, value in weights.items()}
    family, batch = family_and_batch(name, **options)
    noise = Noise(Noise.key(1), 4)
    family.state["lecam/real"].assign(0.25)
    losses = family.losses(Update((DISCRIMINATOR, GENERATOR)), batch, noise)

    real, fake = batch["image"], family._generate(batch["label"], noise)[0]
    labels = [] if name == "acgan" else [tf.one_hot(batch["label"], 2)]
    real_logits, fake_logits = family._score([real, *labels], [fake, *labels], noise)

    def penalty(images, kind):
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = family._critic([images, *labels], noise, kind)
        return np.sum(tape.gradient(logits, images).numpy() ** 2) / 4 / 2

    moved = [
        [translation(x, noise, f"consistency/{kind}/translation", (-1.0, 1.0)), *labels]
        for kind, x in (("real", real), ("fake", fake))
    ]
    moved_logits = family._score(*moved, noise)
    expected = {
        "r1": penalty(real, "real"),
        "r2": penalty(fake, "fake"),
        "consistency": sum(
            np.mean((before.numpy() - after.numpy()) ** 2)
            for before, after in zip((real_logits, fake_logits), moved_logits, strict=True)
        ),
        "lecam": np.mean(real_logits.numpy() ** 2) + np.mean((fake_logits.numpy() - 0.25) ** 2),
    }
    assert min(expected.values()) > 0.0
    metrics = {key: float(losses.metrics[key]) for key in weights}
    assert metrics == pytest.approx(expected, rel=1e-4)
    loss = LOSSES[family._options.loss]
    prefix = "source_loss" if name == "acgan" else "loss"
    total = float(loss.discriminator(real_logits, fake_logits))
    total += sum(weight * expected[key] for key, weight in weights.items())
    assert float(losses.metrics[f"{prefix}/discriminator"]) == pytest.approx(total, rel=1e-4)
    assert float(losses.metrics[f"{prefix}/generator"]) == pytest.approx(
        float(loss.generator(real_logits, fake_logits)), rel=1e-4
    )
    assert set(losses.state) == set(family.state) == set(LECAM_STATE)
    assert family.losses(Update((GENERATOR,)), batch, noise).state == {}


SPECTRAL = ("cdcgan", "projection_gan")


@pytest.mark.parametrize(
    ("name", "spectral_norm"), [*((x, False) for x in FAMILIES), *((x, True) for x in SPECTRAL)]
)
def test_the_second_derivative_of_r1_passes_every_discriminator(name, spectral_norm):
    family, batch = family_and_batch(name, r1_weight=1.0, spectral_norm=spectral_norm)
    discriminator = family.networks["discriminator"]
    # Initial weights of standard deviation 0.02 give gradients too small for finite differences.
    for variable in discriminator.trainable_variables:
        if len(variable.shape) > 1:
            inputs = np.prod(variable.shape[:-1])
            variable.assign(variable / (np.std(variable) * np.sqrt(inputs)))
    variables = [v.value for v in discriminator.trainable_variables]
    is_labeled = any(len(x.shape) == 2 for x in discriminator.inputs)
    labels = [tf.one_hot(batch["label"][:1], 2)] if is_labeled else []
    shape = [1, *batch["image"].shape[1:]]

    def ratio(seed):
        """Return the slope along the gradient of the penalty at an image, over its gradient."""
        image = tf.random.stateless_uniform(shape, [0, seed], *family.pixel_range)
        noise = Noise(Noise.key(seed), 1)

        def r1():
            critic = functools.partial(family._critic, noise=noise, name="real")
            return squared_gradient(critic, [image, *labels])

        with tf.GradientTape() as tape:
            value = r1()
        gradients = tape.gradient(value, variables, unconnected_gradients="zero")
        norm = tf.linalg.global_norm(gradients)
        step = 3e-5 * tf.linalg.global_norm(variables)
        values = []
        for distance in (step, -2 * step, step):
            for variable, gradient in zip(variables, gradients, strict=True):
                variable.assign_add(distance / norm * gradient)
            values.append(float(r1()))
        return (values[0] - values[1]) / float(2 * step * norm)

    # The penalty is discontinuous at a kink of a leaky ReLU, which a step may cross.
    assert np.median([ratio(seed) for seed in range(3)]) == pytest.approx(1.0, abs=0.01)
