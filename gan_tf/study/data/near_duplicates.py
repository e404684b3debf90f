"""Test images that nearly stand among the training images: reported, not refused."""

from typing import NamedTuple

import numpy as np

#: Root mean square difference, as a share of the range 0..255, up to which two images are near.
NEAR = 0.02
_COARSE_EDGE = 16
_BLOCK = 500


class NearPair(NamedTuple):
    """A test image and the training image nearest to it.

    Attributes:
      test: index of the test image.
      training: index of the training image.
      difference: root mean square difference of their pixels, 0..1.
    """

    test: int
    training: int
    difference: float


def near_pairs(test: np.ndarray, training: np.ndarray) -> list[NearPair]:
    """Every test image that is nearer than ``NEAR`` to a training image, with the nearest.

    Coarse copies (block means) are compared first: averaging never makes two images differ more,
    so no near pair is missed, and few pairs are left to compare pixel by pixel.

    Args:
      test: uint8 [n, height, width, channels].
      training: uint8 [m, height, width, channels].
    """
    if not len(training):
        return []
    coarse_training = _coarse(training)
    squares = np.square(coarse_training).sum(axis=1)
    # The coarse distance is computed in float32; the margin covers its rounding.
    coarse_limit = (NEAR * 255) ** 2 * coarse_training.shape[1] * 1.01 + 8.0
    found = []
    for start in range(0, len(test), _BLOCK):
        block = _coarse(test[start : start + _BLOCK])
        distances = squares + np.square(block).sum(axis=1, keepdims=True)
        distances -= 2 * block @ coarse_training.T
        for row in np.flatnonzero(distances.min(axis=1) <= coarse_limit):
            candidates = np.flatnonzero(distances[row] <= coarse_limit)
            pair = _nearest(test[start + row], training, candidates, start + int(row))
            if pair.difference <= NEAR:
                found.append(pair)
    return found


def _nearest(
    image: np.ndarray, training: np.ndarray, candidates: np.ndarray, index: int
) -> NearPair:
    gaps = training[candidates].astype(np.int64) - image
    errors = np.square(gaps).reshape(len(candidates), -1).sum(axis=1)
    best = int(errors.argmin())
    difference = float(np.sqrt(errors[best] / image.size) / 255)
    return NearPair(index, int(candidates[best]), difference)


def _coarse(images: np.ndarray) -> np.ndarray:
    """Means over blocks, float32 [n, d]; what a last incomplete block holds is left out.

    The kept part's mean square difference is at most (pixels in all) / (pixels kept) times the
    whole image's, so each value is scaled by the root of the inverse.
    """
    _, height, width, _ = images.shape
    tall, wide = (max(1, -(-edge // _COARSE_EDGE)) for edge in (height, width))
    rows, columns = height // tall, width // wide
    kept = images[:, : rows * tall, : columns * wide]
    blocks = kept.reshape(len(images), rows, tall, columns, wide, -1)
    share = (rows * tall * columns * wide) / (height * width)
    means = blocks.mean(axis=(2, 4), dtype=np.float32) * np.float32(np.sqrt(share))
    return means.reshape(len(images), -1)
