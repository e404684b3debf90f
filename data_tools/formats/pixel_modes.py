"""Pixel modes of images, and conversion between them and between NumPy and Pillow."""

from typing import NamedTuple

import numpy as np
from PIL import Image

#: Modes of decoded images and the numbers of channels of their arrays.
MODES = {"L": 1, "RGB": 3, "RGBA": 4, "I;16": 1}


class GrayScale(NamedTuple):
    """The 16-bit gray values that become 0 and 255; those below and above do too."""

    low: int = 0
    high: int = 65535

    def to_8_bits(self, array: np.ndarray) -> np.ndarray:
        """Return uint16 values as uint8: (value - low) / (high - low) of 255, rounded.

        >>> GrayScale(0, 4095).to_8_bits(np.array([0, 2048, 4095, 9999], np.uint16)).tolist()
        [0, 128, 255, 255]
        """
        offset = array.clip(self.low, self.high) - float(self.low)
        return np.rint(offset / ((self.high - self.low) / 255.0)).astype(np.uint8)


FULL_SCALE = GrayScale()


def mode_of(array: np.ndarray) -> str:
    """Return the mode of an array [height, width, channels].

    Args:
      array: uint8 of 1, 3 or 4 channels, or uint16 of 1 channel.

    Raises:
      ValueError: it is neither.
    """
    if array.ndim == 3:
        for mode, channels in MODES.items():
            dtype = np.uint16 if mode == "I;16" else np.uint8
            if array.shape[2] == channels and array.dtype == dtype:
                return mode
    raise ValueError(f"no image mode for {array.dtype} of shape {array.shape}")


def to_pillow(array: np.ndarray) -> Image.Image:
    """Return the Pillow image of an array; see ``mode_of``."""
    mode_of(array)
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def from_pillow(image: Image.Image, mode: str | None = None) -> np.ndarray:
    """Return the array [height, width, channels] of a Pillow image.

    Args:
      image: its mode is one of ``MODES``, or any for 16-bit gray if ``mode`` is "I;16".
      mode: the mode; None for the image's own.
    """
    if (mode or image.mode) == "I;16":
        return np.asarray(image, dtype=np.uint16)[..., np.newaxis]
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., np.newaxis]


def convert_mode(array: np.ndarray, mode: str, scale: GrayScale = FULL_SCALE) -> np.ndarray:
    """Return the image in another mode of ``MODES``, transparency blended with white.

    8-bit values are scaled to 16 bits by 257, so that 255 becomes 65535.

    Args:
      array: the image; see ``mode_of``.
      mode: the new mode.
      scale: how 16-bit gray becomes 8-bit.
    """
    current = mode_of(array)
    if current == mode:
        return array
    if current == "I;16":
        array = scale.to_8_bits(array)
    if mode == "I;16":
        return convert_mode(array, "L").astype(np.uint16) * 257
    image = to_pillow(array)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return from_pillow(image.convert(mode))


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Return the image with 8 bits per channel; 16-bit gray is rescaled from 0..65535."""
    return convert_mode(array, "L") if array.dtype == np.uint16 else array
