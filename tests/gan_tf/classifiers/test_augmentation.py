import numpy as np
import tensorflow as tf

from gan_tf.classifiers import AUGMENTATIONS
from gan_tf.classifiers.augmentation import augmentation
from gan_tf.training.noise import Noise

RANGE = (0.0, 255.0)


class ConstantNoise(Noise):
    """Noise whose uniform numbers all have one given value."""

    def __init__(self, value, num_examples):
        super().__init__(Noise.key(0), num_examples)
        self.value = value

    def uniform(self, name, shape=()):
        return tf.fill([self.num_examples, *shape], self.value)


def augmented(name, images, drawn):
    return augmentation([name], RANGE)(
        tf.constant(images), ConstantNoise(drawn, len(images))
    ).numpy()


def picture(edge=10):
    return np.random.default_rng(0).uniform(0, 255, (2, edge, edge, 1)).astype(np.float32)


def test_shift_moves_by_a_tenth_and_repeats_the_edge():
    # Noise 1.0 is the largest shift: output (y, x) is input (y + 1, x + 1) at 10 px.
    images = picture()
    expected = np.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0)), mode="edge")[:, 1:, 1:]
    np.testing.assert_allclose(augmented("shift", images, 1.0), expected, rtol=1e-4, atol=1e-2)


def test_rotation_turns_about_the_center_by_its_angle():
    # Noise 1.0 rotates by 0.26: a dot 8 px right of the center (10, 10) of 21 px appears where
    # input = R(0.26)(output - center) + center, so output = R(-0.26)(8, 0) + center.
    images = np.zeros((1, 21, 21, 1), np.float32)
    images[0, 10, 18] = 255
    rotated = augmented("rotation", images, 1.0)[0, :, :, 0]
    weights = rotated / rotated.sum()
    center = (weights.sum(axis=0) @ np.arange(21), weights.sum(axis=1) @ np.arange(21))
    expected = (10 + 8 * np.cos(0.26), 10 - 8 * np.sin(0.26))
    np.testing.assert_allclose(center, expected, atol=0.15)


def test_flip_mirrors_below_one_half_and_keeps_above():
    images = picture()
    np.testing.assert_allclose(augmented("flip", images, 0.2), images[:, :, ::-1], atol=1e-2)
    np.testing.assert_allclose(augmented("flip", images, 0.8), images, atol=1e-2)


def test_color_changes_contrast_about_the_mean_then_brightness_and_clips():
    images = np.array([50.0, 100.0, 150.0, 250.0], np.float32).reshape(1, 2, 2, 1)
    # Mean 137.5, contrast 1.2, brightness 25.5: 50 -> 58, 100 -> 118, 150 -> 178, 250 -> 298.
    pixels = augmented("color", images, 1.0).ravel()
    np.testing.assert_allclose(pixels, [58, 118, 178, 255], atol=0.01)


def test_nothing_changes_at_the_middle_of_the_draw():
    images = picture()
    for name in ("shift", "rotation", "color"):
        np.testing.assert_allclose(augmented(name, images, 0.5), images, atol=1e-2)


def test_every_image_has_its_own_draw_and_a_key_repeats_it():
    images = tf.constant(np.repeat(picture()[:1], 8, axis=0))
    change = augmentation(AUGMENTATIONS, RANGE)
    first, again = (change(images, Noise(Noise.key(1), 8)).numpy() for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len({image.tobytes() for image in first}) == 8


def test_every_augmentation_is_tested():
    assert set(AUGMENTATIONS) == {"shift", "rotation", "flip", "color"}
