"""Classical augmentation of training batches: the control that synthetic data must beat."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from gan_tf.training.noise import Noise

LARGEST_SHIFT = 0.1
LARGEST_ANGLE = 0.26
LARGEST_BRIGHTNESS = 0.1
LARGEST_CONTRAST = 0.2


class Geometry:
    """An affine map of output to input coordinates for each image, about the image's center."""

    def __init__(self, num_images: int):
        self.matrix = tf.eye(2, batch_shape=[num_images])
        self.offset = tf.zeros([num_images, 2])

    def transforms(self, height: int, width: int) -> tf.Tensor:
        """Parameters of ``ImageProjectiveTransformV3``, float32 [num_images, 8]."""
        center = tf.constant([(width - 1) / 2, (height - 1) / 2], tf.float32)
        size = tf.constant([width, height], tf.float32)
        moved = center - tf.linalg.matvec(self.matrix, center) + self.offset * size
        rows = tf.concat([self.matrix, moved[:, :, tf.newaxis]], axis=2)
        flat = tf.reshape(rows, [-1, 6])
        return tf.concat([flat, tf.zeros_like(flat[:, :2])], axis=1)


def shift(geometry: Geometry, noise: Noise) -> None:
    """Moves by up to a tenth of the edge in each direction."""
    drawn = noise.uniform("augment/shift", [2])
    geometry.offset += (2 * drawn - 1) * LARGEST_SHIFT


def rotation(geometry: Geometry, noise: Noise) -> None:
    """Turns by up to 0.26 radians (15 degrees) either way."""
    angle = (2 * noise.uniform("augment/rotation") - 1) * LARGEST_ANGLE
    cosine, sine = tf.cos(angle), tf.sin(angle)
    turn = tf.stack([tf.stack([cosine, -sine], 1), tf.stack([sine, cosine], 1)], 1)
    geometry.matrix = turn @ geometry.matrix


def flip(geometry: Geometry, noise: Noise) -> None:
    """Mirrors every second image, left to right; not for digits and letters."""
    sign = tf.where(noise.uniform("augment/flip") < 0.5, -1.0, 1.0)
    mirror = tf.linalg.diag(tf.stack([sign, tf.ones_like(sign)], axis=1))
    geometry.matrix = mirror @ geometry.matrix


GEOMETRIC = {"shift": shift, "rotation": rotation, "flip": flip}
COLOUR = "color"


def augmentation(
    names: Sequence[str], pixel_range: tuple[float, float]
) -> Callable[[tf.Tensor, Noise], tf.Tensor]:
    """A function that augments a batch of float images in ``pixel_range``.

    Geometry is one bilinear resampling, whatever is combined; what comes in from outside repeats
    the edge. "color" changes brightness by up to a tenth of the range and contrast by a fifth,
    and clips. ``names`` are some of ``recipe.AUGMENTATIONS``.
    """
    chosen = [GEOMETRIC[name] for name in names if name in GEOMETRIC]

    def augment(images: tf.Tensor, noise: Noise) -> tf.Tensor:
        _, height, width, _ = images.shape
        if chosen:
            geometry = Geometry(noise.num_examples)
            for change in chosen:
                change(geometry, noise)
            images = tf.raw_ops.ImageProjectiveTransformV3(
                images=images,
                transforms=geometry.transforms(height, width),
                output_shape=[height, width],
                interpolation="BILINEAR",
                fill_mode="NEAREST",
                fill_value=0.0,
            )
        return _recolored(images, noise, pixel_range) if COLOUR in names else images

    return augment


def _recolored(images: tf.Tensor, noise: Noise, pixel_range: tuple[float, float]) -> tf.Tensor:
    low, high = pixel_range
    drawn = 2 * noise.uniform("augment/color", [2]) - 1
    brightness = drawn[:, 0, tf.newaxis, tf.newaxis, tf.newaxis] * LARGEST_BRIGHTNESS
    contrast = 1 + drawn[:, 1, tf.newaxis, tf.newaxis, tf.newaxis] * LARGEST_CONTRAST
    means = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    changed = (images - means) * contrast + means + brightness * (high - low)
    return tf.clip_by_value(changed, low, high)
