"""Test images that are nearly identical to a training image: reported, not refused."""

from typing import NamedTuple

import numpy as np

#: Largest root mean square difference of near-duplicates, as a fraction of the range 0..255.
MAX_DIFFERENCE = 0.02
_COARSE_SIZE = 16
_BLOCK_SIZE = 500


class NearDuplicate(NamedTuple):
    """A test image and its nearest training image.

    Attributes:
      test: index of the test image.
      training: index of the training image.
      difference: root mean square difference of their pixels, 0..1.
    """

    test: int
    training: int
    difference: float


def near_duplicates(test: np.ndarray, training: np.ndarray) -> list[NearDuplicate]:
    """Return every test image within ``MAX_DIFFERENCE`` of a training image, with the nearest one.

    Coarse copies (block means) are compared first: averaging never increases the difference of two
    images, so no near-duplicate is missed, and few pairs remain to be compared pixel by pixel.

    Args:
      test: uint8 [n, height, width, channels].
      training: uint8 [m, height, width, channels].
    """
    if not len(training):
        return []
    coarse_training = _coarse(training)
    squares = np.square(coarse_training).sum(axis=1)
    # Coarse distances are computed in float32; the margin covers their rounding.
    coarse_limit = (MAX_DIFFERENCE * 255) ** 2 * coarse_training.shape[1] * 1.01 + 8.0
    duplicates = []
    for start in range(0, len(test), _BLOCK_SIZE):
        block = _coarse(test[start : start + _BLOCK_SIZE])
        distances = squares + np.square(block).sum(axis=1, keepdims=True)
        distances -= 2 * block @ coarse_training.T
        for row in np.flatnonzero(distances.min(axis=1) <= coarse_limit):
            candidates = np.flatnonzero(distances[row] <= coarse_limit)
            pair = _nearest(test[start + row], training, candidates, start + int(row))
            if pair.difference <= MAX_DIFFERENCE:
                duplicates.append(pair)
    return duplicates


def _nearest(
    image: np.ndarray, training: np.ndarray, candidates: np.ndarray, index: int
) -> NearDuplicate:
    deviations = training[candidates].astype(np.int64) - image
    errors = np.square(deviations).reshape(len(candidates), -1).sum(axis=1)
    best = int(errors.argmin())
    difference = float(np.sqrt(errors[best] / image.size) / 255)
    return NearDuplicate(index, int(candidates[best]), difference)


def _coarse(images: np.ndarray) -> np.ndarray:
    """Return block means, float32 [n, d]; incomplete blocks at the edges are dropped.

    The mean square difference of the kept part is at most (all pixels) / (kept pixels) times that
    of the whole image, so each value is scaled by the square root of the inverse.
    """
    _, height, width, _ = images.shape
    block_height, block_width = (max(1, -(-size // _COARSE_SIZE)) for size in (height, width))
    rows, columns = height // block_height, width // block_width
    kept = images[:, : rows * block_height, : columns * block_width]
    blocks = kept.reshape(len(images), rows, block_height, columns, block_width, -1)
    kept_share = (rows * block_height * columns * block_width) / (height * width)
    means = blocks.mean(axis=(2, 4), dtype=np.float32) * np.float32(np.sqrt(kept_share))
    return means.reshape(len(images), -1)
