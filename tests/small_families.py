"""A small form of every family of GANs, for tests that train each of them for a few steps."""

from typing import NamedTuple

import numpy as np


class SmallFamily(NamedTuple):
    """What makes a family small.

    Attributes:
      image_shape: height, width, channels of images that it takes.
      width: of its networks, see ``gan_tf.networks.layers.NetworkSettings``.
    """

    image_shape: tuple[int, int, int]
    width: float


SMALL_FAMILIES = {
    "cdcgan": SmallFamily((8, 8, 1), 0.02),
    "dcgan": SmallFamily((32, 32, 3), 0.02),
}


def noise_batch(image_shape: tuple[int, int, int], num_images: int) -> dict[str, np.ndarray]:
    """A batch of uint8 noise images with labels 0 and 1 in turn."""
    generator = np.random.default_rng(0)
    return {
        "image": generator.integers(0, 256, (num_images, *image_shape), np.uint8),
        "label": np.arange(num_images, dtype=np.int32) % 2,
    }
