"""Spherical linear interpolation of latent vectors.

Latent vectors of normal numbers have nearly the same length, about the root of their number of
dimensions; those on a straight line between two of them are shorter, and a generator has never seen
such. On the arc they keep their length.
"""

import numpy as np

# Sines below this are rounding errors: the vectors have one direction, or opposite ones.
_SMALLEST_SINE = 1e-7


def slerp(start: np.ndarray, end: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """Return vectors at fractions of the angle from one vector to another.

    Source: Shoemake, "Animating Rotation with Quaternion Curves" (1985), section 3.3; for latent
    vectors White, "Sampling Generative Networks" (2016). Deviation: the arc is traversed by the
    directions of the vectors, while the length changes linearly from that of ``start`` to that of
    ``end``. Both are the same for vectors of equal length.

    Opposite vectors have many shortest arcs; the one towards the axis on which ``start`` is
    smallest (the first of several) is taken; in a single dimension they pass zero. Vectors of one
    direction are joined by a straight line, as are a vector of length zero and any other.

    Args:
      start: [dimensions].
      end: [dimensions].
      fractions: [num_vectors], 0 for ``start`` and 1 for ``end``.

    Returns:
      float64 [num_vectors, dimensions].
    """
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    fractions = np.asarray(fractions, np.float64)[:, np.newaxis]
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if not all(lengths):
        return start + fractions * (end - start)
    direction, target = start / lengths[0], end / lengths[1]
    cosine = direction @ target
    across = target - cosine * direction
    sine = np.linalg.norm(across)
    angle = np.arctan2(sine, cosine)
    if sine < _SMALLEST_SINE:
        axis = np.eye(len(start))[np.argmin(np.abs(start))]
        across = axis - (axis @ direction) * direction
    across /= np.linalg.norm(across) or 1.0
    length = (1.0 - fractions) * lengths[0] + fractions * lengths[1]
    return length * (np.cos(fractions * angle) * direction + np.sin(fractions * angle) * across)
