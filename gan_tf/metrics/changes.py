"""Changes that leave the content of an image as it is, and images sampled after them."""

from typing import NamedTuple

import numpy as np
from scipy import sparse


class Change(NamedTuple):
    """An affine change of position.

    Attributes:
      name: for reports; "" for no change.
      matrix: maps (row, column) of the changed image, relative to the center, to those of the
        image, float [2, 2].
      offset: is added to them, in pixels.
    """

    name: str
    matrix: np.ndarray
    offset: tuple[float, float] = (0.0, 0.0)


def _turned(degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


NO_CHANGE = Change("", np.eye(2))
_MIRROR = np.diag([1.0, -1.0])
_OF_RECTANGLES = (
    Change("mirrored", _MIRROR),
    Change("upside down", _turned(180)),
    Change("flipped", _turned(180) @ _MIRROR),
)
_OF_SQUARES = (
    Change("turned left", _turned(90)),
    Change("turned right", _turned(270)),
    Change("transposed", _turned(90) @ _MIRROR),
    Change("transposed", _turned(270) @ _MIRROR),
)


def changes(height: int, width: int) -> tuple[Change, ...]:
    """Return the changes of an image, the first of which is none.

    They are moves by a pixel, sections without one or two pixels at each edge that have been
    enlarged again, turns by five degrees, mirror images and, of squares, turns by 90 degrees.
    """
    steps = (-1, 0, 1)
    shifts = [Change("moved", np.eye(2), (row, column)) for row in steps for column in steps]
    del shifts[len(shifts) // 2]  # By nothing.
    scales = [
        np.diag([height / (height - cut), width / (width - cut)])
        for cut in (2, 4)
        if cut < min(height, width) / 2
    ]
    crops = [Change("cropped", scale) for scale in scales]
    turns = [Change("turned", _turned(degrees)) for degrees in (-5.0, 5.0)]
    symmetries = _OF_RECTANGLES + (_OF_SQUARES if height == width else ())
    return (NO_CHANGE, *shifts, *crops, *turns, *symmetries)


def grid(height: int, width: int, most_points: int, border: int) -> np.ndarray:
    """Return points of an image, float [n, 2]: rows and columns from the center.

    Args:
      height, width: of the image.
      most_points: along an edge; the points are further apart in larger images.
      border: pixels at each edge that are left out.
    """
    edges = []
    for edge in (height, width):
        inner = edge - 2 * border
        step = -(-inner // most_points)
        count = -(-inner // step)
        edges.append((np.arange(count) - (count - 1) / 2) * step)
        # Whole pixels, so that what is not changed is not interpolated.
        edges[-1] += ((edge - 1) / 2 + edges[-1][0]) % 1
    return np.stack(np.meshgrid(*edges, indexing="ij"), axis=-1).reshape(-1, 2)


def sampling(height: int, width: int, points: np.ndarray, change: Change) -> sparse.csr_array:
    """Return the matrix, [points, height x width], that samples an image with a change undone.

    Values between pixels are interpolated bilinearly; outside, those of the border are repeated.

    Args:
      height, width: of the image.
      points: see ``grid``.
      change: what is undone.
    """
    edges = np.array([height, width])
    positions = points @ change.matrix.T + change.offset + (edges - 1) / 2
    positions = np.clip(positions, 0, edges - 1)
    low = np.floor(positions + 1e-9).astype(np.int64)
    share = positions - low
    rows, columns, values = [], [], []
    for corner in np.ndindex(2, 2):
        at = np.minimum(low + corner, edges - 1)
        rows.append(np.arange(len(points)))
        columns.append(at[:, 0] * width + at[:, 1])
        values.append(np.where(corner, share, 1 - share).prod(axis=1))
    places = (np.concatenate(rows), np.concatenate(columns))
    entries = np.concatenate(values).astype(np.float32)
    return sparse.csr_array((entries, places), shape=(len(points), height * width))
