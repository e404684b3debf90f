"""DiffAugment against plain NumPy, its ranges, its gradient and its random numbers."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.gans import family_builder
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization import POLICIES
from gan_tf.gans.regularization.diff_augment import cutout, diff_augment, flip, translation
from gan_tf.training.noise import Noise
from gan_tf.training.schedule import Update

RANGES = [(-1.0, 1.0), (0.0, 1.0)]


def noise(num_examples, seed=1):
    return Noise(Noise.key(seed), num_examples)


def images(shape, pixel_range=(-1.0, 1.0)):
    return np.random.default_rng(0).uniform(*pixel_range, shape).astype(np.float32)


def plain_color(image, drawn, low, high):
    brightness, saturation, contrast = drawn
    image = image + (brightness - 0.5) * (high - low) / 2
    if image.shape[2] == 3:
        gray = image.mean(2, keepdims=True)
        image = gray + 2 * saturation * (image - gray)
    return image.mean() + (0.5 + contrast) * (image - image.mean())


def plain_flip(image, drawn, low, high):
    return image[:, ::-1] if drawn < 0.5 else image


def plain_translation(image, drawn, low, high):
    # Zhao et al. (2020) round an eighth of the edge.
    moves = [int(edge / 8 + 0.5) for edge in image.shape[:2]]
    down, right = (move - int(u * (2 * move + 1)) for u, move in zip(drawn, moves, strict=True))
    rows, columns = moves
    padded = np.pad(image, [(rows, rows), (columns, columns), (0, 0)], mode="edge")
    height, width, _ = image.shape
    return padded[rows - down :][:height, columns - right :][:, :width]


def plain_cutout(image, drawn, low, high):
    image = image.copy()
    slices = []
    for u, edge in zip(drawn, image.shape[:2], strict=True):
        size = int(edge / 2 + 0.5)
        first = int(u * (edge + 1 - size % 2)) - size // 2
        slices.append(slice(max(first, 0), max(first + size, 0)))
    image[tuple(slices)] = (low + high) / 2
    return image


PLAIN = {
    "color": (plain_color, [3]),
    "flip": (plain_flip, []),
    "translation": (plain_translation, [2]),
    "cutout": (plain_cutout, [2]),
}


def test_every_policy_is_compared():
    assert list(PLAIN) == list(POLICIES)


@pytest.mark.parametrize("pixel_range", RANGES)
@pytest.mark.parametrize("shape", [(40, 8, 8, 1), (40, 13, 28, 3)])
@pytest.mark.parametrize("policy", PLAIN)
def test_a_policy_equals_its_plain_implementation(policy, shape, pixel_range):
    before = images(shape, pixel_range)
    after = diff_augment(before, [policy], noise(40), "seen", pixel_range)
    function, size = PLAIN[policy]
    drawn = noise(40).uniform(f"seen/{policy}", size).numpy()
    expected = [function(x, u, *pixel_range) for x, u in zip(before, drawn, strict=True)]
    np.testing.assert_allclose(after, expected, rtol=1e-5, atol=1e-6)
    changed = [not np.array_equal(a, b) for a, b in zip(before, after.numpy(), strict=True)]
    assert sum(changed) > 10


def test_policies_are_applied_in_one_order_however_they_are_given():
    before = images((6, 8, 8, 3))
    expected = before
    for policy, (function, size) in PLAIN.items():
        drawn = noise(6).uniform(f"x/{policy}", size).numpy()
        expected = [function(x, u, -1.0, 1.0) for x, u in zip(expected, drawn, strict=True)]
    for policies in itertools.permutations(POLICIES):
        after = diff_augment(before, policies, noise(6), "x", (-1.0, 1.0))
        np.testing.assert_allclose(after, expected, rtol=1e-4, atol=1e-5)


def test_without_policies_images_are_passed_on_as_they_are():
    before = tf.constant(images((2, 8, 8, 1)))
    assert diff_augment(before, (), noise(2), "x", (-1.0, 1.0)) is before


def test_translations_cover_an_eighth_of_the_edge_either_way():
    # A pixel's value is its position, so the center tells how far it has come: 28 / 8 rounds to 4.
    positions = np.arange(28 * 28, dtype=np.float32).reshape(1, 28, 28, 1).repeat(2000, 0)
    centers = translation(positions, noise(2000), "x", (-1.0, 1.0)).numpy()[:, 14, 14, 0]
    rows, columns = centers // 28 - 14, centers % 28 - 14
    for moves in (rows, columns):
        found, counts = np.unique(moves, return_counts=True)
        assert found.tolist() == list(range(-4, 5))
        # 2000 / 9 = 222 each; five standard deviations are 70.
        assert np.abs(counts - 222).max() < 70
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.1


def test_cutouts_have_half_the_edge_and_their_centers_reach_the_border():
    ones = tf.ones([3000, 8, 8, 1])
    is_cut = cutout(ones, noise(3000), "x", (-1.0, 1.0)).numpy()[..., 0] == 0.0
    heights, widths = is_cut.any(2).sum(1), is_cut.any(1).sum(1)
    np.testing.assert_array_equal(is_cut.sum((1, 2)), heights * widths)
    # Centers 0..8: the first and the last leave 2 of 4 rows inside, the next ones 3.
    for sizes in (heights, widths):
        shares = np.bincount(sizes, minlength=5) / 3000
        np.testing.assert_allclose(shares, [0, 0, 2 / 9, 2 / 9, 5 / 9], atol=0.05)


def test_half_of_the_images_are_mirrored():
    before = images((2000, 4, 4, 1))
    after = flip(before, noise(2000), "x", (-1.0, 1.0)).numpy()
    is_same = (after == before).all((1, 2, 3))
    np.testing.assert_array_equal(after[~is_same], before[~is_same][:, :, ::-1])
    assert 0.45 < is_same.mean() < 0.55


@pytest.mark.parametrize("policies", [*([policy] for policy in POLICIES), list(POLICIES)])
def test_the_gradient_is_that_of_finite_differences(policies):
    shape = (3, 8, 12, 3)
    before, weights, direction = (tf.random.stateless_normal(shape, [0, seed]) for seed in range(3))

    def total(x):
        return tf.reduce_sum(weights * diff_augment(x, policies, noise(3), "x", (-1.0, 1.0)))

    with tf.GradientTape() as tape:
        tape.watch(before)
        value = total(before)
    slope = float(tf.reduce_sum(tape.gradient(value, before) * direction))
    # Every policy is affine in the pixels, so a large step has no error but rounding.
    difference = float(total(before + direction) - total(before - direction)) / 2
    assert abs(slope) > 0.1
    assert slope == pytest.approx(difference, rel=1e-4, abs=1e-3)


def test_numbers_depend_on_name_and_example_but_not_on_the_number_of_devices():
    before = images((4, 8, 8, 3))

    def augmented(of, numbers, name="real"):
        return diff_augment(of, list(POLICIES), numbers, name, (-1.0, 1.0)).numpy()

    together = augmented(before, noise(4))
    on_second_device = augmented(before[2:], Noise(Noise.key(1), 2, 2, 4))
    np.testing.assert_array_equal(on_second_device, together[2:])
    assert not np.isclose(augmented(before, noise(4), "fake"), together).all((1, 2, 3)).any()
    equal_images = augmented(before[:1].repeat(4, 0), noise(4))
    assert len(np.unique(equal_images.reshape(4, -1), axis=0)) == 4


@pytest.mark.parametrize("name", ["cdcgan", "acgan", "dcgan"])
def test_the_discriminator_sees_changed_real_and_fake_images_in_both_updates(name):
    policies = ("translation", "color", "cutout")
    options = FamilyOptions(gan=name, latent_dim=2, width=0.1, mirror=True, diff_augment=policies)
    family = family_builder(name)((16, 16, 1), (3, 3), options)
    labels = tf.constant([0, 1, 1, 0])
    real = tf.constant(images((4, 16, 16, 1), family.pixel_range))
    losses = family.losses(
        Update((DISCRIMINATOR, GENERATOR)), {"image": real, "label": labels}, noise(4)
    )
    fake, _ = family._generate(labels, noise(4))
    mirrored = flip(real, noise(4), "mirror", family.pixel_range)
    assert not np.array_equal(mirrored, real)
    seen = [
        family_inputs(
            family,
            diff_augment(x, policies, noise(4), f"diff_augment/{kind}", family.pixel_range),
            labels,
        )
        for kind, x in (("real", mirrored), ("fake", fake))
    ]
    real_logits, fake_logits = family._score(*seen, noise(4))
    prefix = "source_loss" if name == "acgan" else "loss"
    loss = LOSSES["non_saturating"]
    expected = {
        "discriminator": float(loss.discriminator(real_logits, fake_logits)),
        "generator": float(loss.generator(real_logits, fake_logits)),
    }
    values = {network: float(losses.metrics[f"{prefix}/{network}"]) for network in expected}
    assert values == pytest.approx(expected, rel=1e-5)
    # A generator update alone sees them too.
    alone = family.losses(Update((GENERATOR,)), {"image": real, "label": labels}, noise(4))
    value = float(alone.metrics[f"{prefix}/generator"])
    assert value == pytest.approx(expected["generator"], rel=1e-5)


def family_inputs(family, seen, labels):
    is_labeled = family.conditional and not hasattr(family, "_discriminate_jointly")
    return [seen, tf.one_hot(labels, 2)] if is_labeled else [seen]
