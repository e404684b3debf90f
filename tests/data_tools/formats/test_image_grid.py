"""Grids of images of one size."""

import numpy as np
import pytest

from data_tools.formats.image_grid import image_grid


def test_images_without_a_border_touch_each_other():
    rows = np.arange(2 * 3 * 2 * 2, dtype=np.uint8).reshape(2, 3, 2, 2, 1)
    grid = image_grid(rows)
    assert grid.dtype == np.uint8
    # Image (row, column) counts from 12 * row + 4 * column, two pixels a line.
    assert grid[..., 0].tolist() == [
        [0, 1, 4, 5, 8, 9],
        [2, 3, 6, 7, 10, 11],
        [12, 13, 16, 17, 20, 21],
        [14, 15, 18, 19, 22, 23],
    ]


def test_short_rows_end_in_background():
    first, second = np.full((1, 2, 3), 10, np.uint8), np.full((1, 2, 3), 20, np.uint8)
    grid = image_grid([[first], [first, second]], num_columns=3, border=1, background=128)
    # Cells of 3 x 4 pixels: the image surrounded by one pixel of background.
    assert grid.shape == (6, 12, 3)
    assert (grid[1, 1:3] == 10).all() and (grid[4, 5:7] == 20).all()
    assert np.count_nonzero(grid != 128) == 3 * first.size


def test_a_grid_without_images_is_refused():
    with pytest.raises(ValueError, match="no image"):
        image_grid([[], []])
