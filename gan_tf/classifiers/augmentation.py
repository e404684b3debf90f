"""Classical augmentation of training batches, the control that synthetic data must beat.

A new augmentation is one function here and one line in ``gan_tf.classifiers.AUGMENTATIONS``.
"""

import pkgutil
from collections.abc import Callable, Sequence

import tensorflow as tf

from gan_tf.classifiers import AUGMENTATIONS
from gan_tf.training.noise import Noise

MAX_SHIFT = 0.1
MAX_ANGLE = 0.26
MAX_BRIGHTNESS = 0.1
MAX_CONTRAST = 0.2


class Geometry:
    """An affine map from output to input coordinates for each image, about the image's center.

    Attributes:
      matrix: float32 [num_images, 2, 2].
      offset: float32 [num_images, 2], as a share of width and height.
    """

    def __init__(self, num_images: int):
        self.matrix = tf.eye(2, batch_shape=[num_images])
        self.offset = tf.zeros([num_images, 2])

    def transforms(self, height: int, width: int) -> tf.Tensor:
        """Return parameters of ``ImageProjectiveTransformV3``, float32 [num_images, 8]."""
        center = tf.constant([(width - 1) / 2, (height - 1) / 2], tf.float32)
        size = tf.constant([width, height], tf.float32)
        translation = center - tf.linalg.matvec(self.matrix, center) + self.offset * size
        rows = tf.concat([self.matrix, translation[:, :, tf.newaxis]], axis=2)
        flat = tf.reshape(rows, [-1, 6])
        return tf.concat([flat, tf.zeros_like(flat[:, :2])], axis=1)


def shift(geometry: Geometry, noise: Noise) -> None:
    """Shift by up to a tenth of the edge in each direction."""
    drawn = noise.uniform("augment/shift", [2])
    geometry.offset += (2 * drawn - 1) * MAX_SHIFT


def rotation(geometry: Geometry, noise: Noise) -> None:
    """Rotate by up to 0.26 radians (15 degrees) either way."""
    angle = (2 * noise.uniform("augment/rotation") - 1) * MAX_ANGLE
    cosine, sine = tf.cos(angle), tf.sin(angle)
    turn = tf.stack([tf.stack([cosine, -sine], 1), tf.stack([sine, cosine], 1)], 1)
    geometry.matrix = turn @ geometry.matrix


def flip(geometry: Geometry, noise: Noise) -> None:
    """Mirror left to right with probability 1/2; not for digits and letters."""
    sign = tf.where(noise.uniform("augment/flip") < 0.5, -1.0, 1.0)
    mirror = tf.linalg.diag(tf.stack([sign, tf.ones_like(sign)], axis=1))
    geometry.matrix = mirror @ geometry.matrix


def color(images: tf.Tensor, noise: Noise, pixel_range: tuple[float, float]) -> tf.Tensor:
    """Change brightness by up to a tenth of the range and contrast by up to a fifth, and clip."""
    low, high = pixel_range
    # The name selects the random numbers; renaming it would change every augmented result.
    drawn = 2 * noise.uniform("augment/colour", [2]) - 1
    brightness = drawn[:, 0, tf.newaxis, tf.newaxis, tf.newaxis] * MAX_BRIGHTNESS
    contrast = 1 + drawn[:, 1, tf.newaxis, tf.newaxis, tf.newaxis] * MAX_CONTRAST
    means = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    changed = (images - means) * contrast + means + brightness * (high - low)
    return tf.clip_by_value(changed, low, high)


def augmentation(
    names: Sequence[str], pixel_range: tuple[float, float]
) -> Callable[[tf.Tensor, Noise], tf.Tensor]:
    """Return a function that augments a batch of float images in ``pixel_range``.

    All geometric augmentations are one bilinear resampling, and pixels from outside the image
    repeat its edge; pixel values change after it.

    Args:
      names: keys of AUGMENTATIONS.
      pixel_range: (low, high) of the images.
    """
    functions = {name: pkgutil.resolve_name(AUGMENTATIONS[name].function) for name in names}
    geometric = [
        function for name, function in functions.items() if AUGMENTATIONS[name].is_geometric
    ]
    pixelwise = [
        function for name, function in functions.items() if not AUGMENTATIONS[name].is_geometric
    ]

    def augment(images: tf.Tensor, noise: Noise) -> tf.Tensor:
        _, height, width, _ = images.shape
        if geometric:
            geometry = Geometry(noise.num_examples)
            for change in geometric:
                change(geometry, noise)
            images = tf.raw_ops.ImageProjectiveTransformV3(
                images=images,
                transforms=geometry.transforms(height, width),
                output_shape=[height, width],
                interpolation="BILINEAR",
                fill_mode="NEAREST",
                fill_value=0.0,
            )
        for change in pixelwise:
            images = change(images, noise, pixel_range)
        return images

    return augment
