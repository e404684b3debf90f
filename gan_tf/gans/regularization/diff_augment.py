"""DiffAugment: random changes of all images that a discriminator sees, with gradients.

Source: Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020), section
3.2, and the ranges of its code. A generator is trained through the changes, so it learns images
that look real after them and not changed images.

Deviations: the paper moves zeros, which are gray there, into an image; here a translation repeats
the border pixel. So a background continues whatever its color, no bars have to be told from
content, and a generator that imitates the change draws a shifted image instead of a bar. What is
cut out is gray as in the paper: a hole that looked like a background could pass for content. Ranges
are shares of the pixel range, which is 2 in the paper. ``flip`` is ours. Policies are applied in
the order of ``POLICIES``.
"""

import pkgutil
from collections.abc import Callable, Collection

import tensorflow as tf

from gan_tf.gans.regularization import POLICIES
from gan_tf.training.noise import Noise

PixelRange = tuple[float, float]

MAX_TRANSLATION = 1 / 8
CUTOUT = 1 / 2
MAX_BRIGHTNESS = 1 / 4
MAX_SATURATION = 2.0
CONTRAST = (0.5, 1.5)


def diff_augment(
    images: tf.Tensor,
    policies: Collection[str],
    noise: Noise,
    name: str,
    pixel_range: PixelRange,
) -> tf.Tensor:
    """Change every image at random.

    Args:
      images: float32 [batch, height, width, channels] in ``pixel_range``, which color may leave.
      policies: keys of ``POLICIES``.
      noise: noise of the images.
      name: prefix of the names that random numbers are drawn under.
      pixel_range: (low, high).
    """
    for policy, path in POLICIES.items():
        if policy in policies:
            change = _function(path)
            images = change(images, noise, f"{name}/{policy}", pixel_range)
    return images


# AutoGraph, which cannot read the source of the import machinery, would print a warning.
@tf.autograph.experimental.do_not_convert
def _function(path: str) -> Callable[..., tf.Tensor]:
    return pkgutil.resolve_name(path)


def color(images: tf.Tensor, noise: Noise, name: str, pixel_range: PixelRange) -> tf.Tensor:
    """Add up to a quarter of the range; with 3 channels scale saturation by 0..2; scale contrast.

    Saturation is the distance from the mean of a pixel's channels, contrast (0.5..1.5) the distance
    from the mean of the image.
    """
    low, high = pixel_range
    drawn = noise.uniform(name, [3])[:, tf.newaxis, tf.newaxis, tf.newaxis]
    brightness, saturation, contrast = tf.unstack(drawn, axis=-1)
    images += (2.0 * brightness - 1.0) * MAX_BRIGHTNESS * (high - low)
    if images.shape[-1] == 3:
        images = _scaled(images, MAX_SATURATION * saturation, axes=[3])
    least, most = CONTRAST
    return _scaled(images, least + (most - least) * contrast, axes=[1, 2, 3])


def _scaled(images: tf.Tensor, factors: tf.Tensor, axes: list[int]) -> tf.Tensor:
    """Multiply the differences from the means over ``axes`` by ``factors``."""
    means = tf.reduce_mean(images, axes, keepdims=True)
    return means + factors * (images - means)


def flip(images: tf.Tensor, noise: Noise, name: str, pixel_range: PixelRange) -> tf.Tensor:
    """Mirror left to right with probability 1/2."""
    is_mirrored = noise.uniform(name)[:, tf.newaxis, tf.newaxis, tf.newaxis] < 0.5
    return tf.where(is_mirrored, tf.reverse(images, [2]), images)


def translation(images: tf.Tensor, noise: Noise, name: str, pixel_range: PixelRange) -> tf.Tensor:
    """Move by whole pixels, up to an eighth of the edge; border pixels are repeated."""
    batch, height, width, channels = images.shape
    drawn = noise.uniform(name, [2])
    rows = _moved(height, drawn[:, 0])
    columns = _moved(width, drawn[:, 1])
    sources = rows[:, :, tf.newaxis] * width + columns[:, tf.newaxis, :]
    # CropAndResize would be faster, but XLA lacks it and GPUs lack its deterministic gradient.
    pixels = tf.reshape(images, [batch, height * width, channels])
    moved = tf.gather(pixels, tf.reshape(sources, [batch, height * width]), batch_dims=1)
    return tf.reshape(moved, images.shape)


def _moved(edge: int, drawn: tf.Tensor) -> tf.Tensor:
    """Return the position that each pixel of an edge comes from, int32 [batch, edge]."""
    most = int(edge * MAX_TRANSLATION + 0.5)
    distance = tf.cast(drawn * (2 * most + 1), tf.int32) - most
    return tf.clip_by_value(tf.range(edge) + distance[:, tf.newaxis], 0, edge - 1)


def cutout(images: tf.Tensor, noise: Noise, name: str, pixel_range: PixelRange) -> tf.Tensor:
    """Fill a rectangle of half the height and width with gray; it may reach beyond the border."""
    _, height, width, _ = images.shape
    drawn = noise.uniform(name, [2])
    rows = _cut(height, drawn[:, 0])
    columns = _cut(width, drawn[:, 1])
    is_cut = (rows[:, :, tf.newaxis] & columns[:, tf.newaxis, :])[..., tf.newaxis]
    return tf.where(is_cut, sum(pixel_range) / 2, images)


def _cut(edge: int, drawn: tf.Tensor) -> tf.Tensor:
    """Return which pixels of an edge are cut, bool [batch, edge]; the center is on the edge."""
    size = int(edge * CUTOUT + 0.5)
    num_centers = edge + 1 - size % 2
    first = tf.cast(drawn * num_centers, tf.int32)[:, tf.newaxis] - size // 2
    positions = tf.range(edge)
    return (positions >= first) & (positions < first + size)
