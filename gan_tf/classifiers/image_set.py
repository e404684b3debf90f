"""Labeled images in memory."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class SelectedImages:
    """Images selected from several arrays, copied only when they are indexed.

    The training sets of a study thus share arrays, which may be memory-mapped.

    Attributes:
      shape: (n, height, width, channels).
      arrays: the images of each part, uint8 [m, height, width, channels].
      array_numbers: int [n], the part of each selected image.
      rows: int [n], the index of each selected image in its part.

    Args:
      parts: (images, indices) pairs: uint8 [m, height, width, channels] of one image shape, and
        the indices of the images selected, which may repeat.
    """

    def __init__(self, parts: Sequence[tuple[np.ndarray, np.ndarray]]):
        self.arrays = [array for array, _ in parts]
        self.array_numbers = np.repeat(range(len(parts)), [len(rows) for _, rows in parts])
        self.rows = np.concatenate([rows for _, rows in parts])
        self.shape = (len(self.rows), *self.arrays[0].shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        """Return the images at ``indices``, uint8 [len(indices), height, width, channels]."""
        rows, array_numbers = self.rows[indices], self.array_numbers[indices]
        images = np.empty((len(rows), *self.shape[1:]), np.uint8)
        for number, array in enumerate(self.arrays):
            is_here = array_numbers == number
            if is_here.any():
                images[is_here] = array[rows[is_here]]
        return images


class ImageSet(NamedTuple):
    """Labeled images.

    Attributes:
      images: uint8 [n, height, width, channels].
      labels: int32 [n], 0 .. K-1.
    """

    images: np.ndarray | SelectedImages
    labels: np.ndarray
