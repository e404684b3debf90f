"""Grids of images for the report, as PNG bytes."""

import io
from collections.abc import Sequence

import numpy as np

from data_tools.formats.image_grid import image_grid
from data_tools.formats.pixel_modes import to_pillow

MAX_ROWS = 10


def sample_sheet(
    images: np.ndarray, labels: np.ndarray, class_names: Sequence[str], num_columns: int = 10
) -> tuple[bytes, list[str]]:
    """Return a sheet of images, one row per class, and the classes of its rows from the top.

    Args:
      images: uint8 [n, height, width, channels].
      labels: [n] indices into ``class_names``.
      class_names: the first ``MAX_ROWS`` that have images get a row.
      num_columns: images per row: the first ones of the class; short rows are filled with gray.
    """
    present = [index for index in range(len(class_names)) if np.any(labels == index)]
    shown = present[:MAX_ROWS]
    rows = [images[np.flatnonzero(labels == label_id)[:num_columns]] for label_id in shown]
    return image_sheet(rows, num_columns), [class_names[index] for index in shown]


def image_sheet(rows: Sequence[np.ndarray], num_columns: int) -> bytes:
    """Return rows of uint8 images [n, height, width, channels] as a PNG; short rows end in gray."""
    grid = image_grid(rows, num_columns=num_columns, border=1, background=128)
    buffer = io.BytesIO()
    to_pillow(grid).save(buffer, format="PNG")
    return buffer.getvalue()
