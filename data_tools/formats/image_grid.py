"""Grids of images of one size."""

from collections.abc import Sequence

import numpy as np


def image_grid(
    rows: Sequence[Sequence[np.ndarray]],
    *,
    num_columns: int | None = None,
    border: int = 0,
    background: int = 0,
) -> np.ndarray:
    """Arrange rows of images in one image of the same dtype and number of channels.

    Args:
      rows: images [height, width, channels], all of one shape and type.
      num_columns: cells per row; None for those of the longest row. Cells without an image show
        the background.
      border: pixels of background on each side of an image.
      background: level of all channels.

    Raises:
      ValueError: there is no image.

    >>> image_grid([[np.full((1, 1, 1), 7), np.full((1, 1, 1), 8)]], border=1)[..., 0].tolist()
    [[0, 0, 0, 0, 0, 0], [0, 7, 0, 0, 8, 0], [0, 0, 0, 0, 0, 0]]
    """
    if num_columns is None:
        num_columns = max((len(row) for row in rows), default=0)
    first = next((image for row in rows for image in row), None)
    if first is None:
        raise ValueError("no image for the grid")
    height, width, num_channels = first.shape
    cell_height, cell_width = height + 2 * border, width + 2 * border
    shape = (len(rows) * cell_height, num_columns * cell_width, num_channels)
    grid = np.full(shape, background, first.dtype)
    for row_index, row in enumerate(rows):
        for column, image in enumerate(row):
            top, left = row_index * cell_height + border, column * cell_width + border
            grid[top : top + height, left : left + width] = image
    return grid
