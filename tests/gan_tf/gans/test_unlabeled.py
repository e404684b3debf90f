"""Images without labels: losses, fake labels, and which families take them."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.gans import GANS, family_builder
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.gradient_penalties import squared_gradient
from gan_tf.inputs.training_images import NO_LABEL
from gan_tf.training.noise import Noise
from gan_tf.training.schedule import Update

COUNTS = (75, 25)
TAKING = [name for name, entry in GANS.items() if entry.takes_unlabeled]
LABELS = np.array([1, NO_LABEL, 0, NO_LABEL], np.int32)


def build(name, **options):
    options = FamilyOptions(gan=name, latent_dim=3, width=0.1, seed=1, **options)
    family = family_builder(name)((8, 8, 1), COUNTS, options)
    # Classes have equal weights initially.
    for network in family.networks.values():
        for number, variable in enumerate(network.trainable_variables):
            variable.assign_add(0.1 * tf.random.stateless_normal(variable.shape, [1, number]))
    return family


@pytest.fixture
def noise():
    return Noise(Noise.key(5), 4)


@pytest.fixture
def images():
    return tf.random.stateless_uniform([4, 8, 8, 1], [2, 3], -1.0, 1.0)


def logits_of(family, images, one_hot):
    return family.networks["discriminator"]([images, tf.constant(one_hot, tf.float32)])[:, 0]


def test_the_families_are_those_with_a_projection():
    assert TAKING == ["projection_gan"]


@pytest.mark.parametrize("name", TAKING)
def test_a_missing_label_is_drawn_for_the_generator(name):
    family = build(name)
    labels = np.repeat(LABELS, 100)
    drawn = family._fake_labels(labels, Noise(Noise.key(1), 400)).numpy()
    np.testing.assert_array_equal(drawn[labels != NO_LABEL], labels[labels != NO_LABEL])
    # 50 of 200, with a standard deviation of sqrt(200 * 3 / 16) = 6.
    assert np.count_nonzero(drawn[labels == NO_LABEL] == 1) == pytest.approx(50, abs=25)
    assert set(drawn) == {0, 1}


@pytest.mark.parametrize("name", TAKING)
def test_an_image_without_a_label_is_judged_without_it_and_so_is_its_fake(name, images, noise):
    family = build(name, r1_weight=0.5)
    batch = {"image": images, "label": LABELS}
    losses = family.losses(Update((DISCRIMINATOR,)), batch, noise)
    fakes, fake_labels = family._generate(LABELS, noise)
    assert (fake_labels.numpy() >= 0).all()
    # Label 1, none, label 0, none: of the real images and of the fake ones in their place.
    one_hot = [[0, 1], [0, 0], [1, 0], [0, 0]]
    softplus = tf.nn.softplus
    adversarial = tf.reduce_mean(softplus(-logits_of(family, images, one_hot))) + tf.reduce_mean(
        softplus(logits_of(family, fakes, one_hot))
    )
    penalty = squared_gradient(
        lambda inputs: logits_of(family, inputs[0], one_hot)[:, np.newaxis], [images]
    )
    expected = float(adversarial) + 0.5 * float(penalty)
    assert float(losses.totals[DISCRIMINATOR]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", TAKING)
def test_the_generator_is_told_by_the_label_of_every_fake_image(name, images, noise):
    family = build(name)
    losses = family.losses(Update((GENERATOR,)), {"image": images, "label": LABELS}, noise)
    fakes, fake_labels = family._generate(LABELS, noise)
    logits = logits_of(family, fakes, np.eye(2)[fake_labels.numpy()])
    expected = tf.reduce_mean(tf.nn.softplus(-logits))
    assert float(losses.totals[GENERATOR]) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("name", TAKING)
def test_a_relative_loss_compares_images_that_are_judged_alike(name, images, noise):
    family = build(name, loss="relativistic")
    losses = family.losses(Update((GENERATOR,)), {"image": images, "label": LABELS}, noise)
    fakes, _ = family._generate(LABELS, noise)
    one_hot = [[0, 1], [0, 0], [1, 0], [0, 0]]
    real, fake = (logits_of(family, x, one_hot) for x in (images, fakes))
    expected = float(tf.reduce_mean(tf.nn.softplus(real - fake)))
    assert float(losses.totals[GENERATOR]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", TAKING)
def test_images_without_labels_do_not_train_the_class_embedding(name, images, noise):
    family = build(name)
    discriminator = family.networks["discriminator"]
    (embedding,) = (v for v in discriminator.trainable_variables if v.shape[0] == len(COUNTS))
    gradients = []
    for labels in ([NO_LABEL] * 4, LABELS):
        batch = {"image": images, "label": tf.constant(labels)}
        with tf.GradientTape() as tape:
            total = family.losses(Update((DISCRIMINATOR,)), batch, noise).totals[DISCRIMINATOR]
        gradients.append(np.abs(tape.gradient(total, embedding.value)).sum())
    assert gradients[0] == 0.0 < gradients[1]
