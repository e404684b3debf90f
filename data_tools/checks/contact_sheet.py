"""A contact sheet: rows of thumbnails, each row with a caption."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from data_tools.formats.image_grid import image_grid
from data_tools.formats.pixel_modes import convert_mode, to_pillow

_BORDER = 2
_MARGIN = 2 * _BORDER
_WHITE = 255
_FONT_SIZE = 12
_MAX_CAPTION = 24


def contact_sheet(
    rows: Sequence[Sequence[np.ndarray]],
    captions: Sequence[str] | None = None,
    cell: int = 64,
) -> Image.Image:
    """Return an RGB image of the rows, one below the other, with their captions.

    Args:
      rows: images [height, width, channels], uint8 (1, 3 or 4 channels) or uint16 (1 channel), of
        any size.
      captions: one per row; None for no captions.
      cell: edge in pixels of the square that each image is fitted into; smaller images are enlarged
        without interpolation.

    Raises:
      ValueError: the numbers of captions and rows differ, or there is no image.
    """
    if captions is not None and len(captions) != len(rows):
        raise ValueError(f"{len(captions)} captions for {len(rows)} rows")
    cells = [[_fitted(image, cell) for image in row] for row in rows]
    grid = image_grid(cells, border=_BORDER, background=_WHITE)
    font = ImageFont.load_default(_FONT_SIZE)
    texts = [_short(caption) for caption in captions or ()]
    left = max((int(font.getlength(text)) + _MARGIN for text in texts), default=0) + _BORDER
    grid = np.pad(grid, [(_BORDER, _BORDER), (left, _BORDER), (0, 0)], constant_values=_WHITE)
    sheet = to_pillow(grid)
    draw = ImageDraw.Draw(sheet)
    for row_index, text in enumerate(texts):
        middle = _MARGIN + row_index * (cell + _MARGIN) + cell // 2
        draw.text((_MARGIN, middle), text, "black", font, anchor="lm")
    return sheet


def _short(caption: str) -> str:
    text = caption.replace("\n", " ").encode("ascii", "replace").decode()
    return text if len(text) <= _MAX_CAPTION else f"{text[: _MAX_CAPTION - 3]}..."


def _fitted(array: np.ndarray, cell: int) -> np.ndarray:
    """Return uint8 [cell, cell, 3], the image scaled to fit and centered on white."""
    image = to_pillow(convert_mode(array, "RGB"))
    scale = cell / max(image.size)
    size = tuple(max(1, round(edge * scale)) for edge in image.size)
    method = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    square = Image.new("RGB", (cell, cell), "white")
    corner = ((cell - size[0]) // 2, (cell - size[1]) // 2)
    square.paste(image.resize(size, method), corner)
    return np.asarray(square)
