"""A contact sheet: rows of small pictures with a caption before each row."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from data_tools.formats.images import convert_mode, to_pillow

_MARGIN = 4
_FONT_SIZE = 12
_MAX_CAPTION = 24


def contact_sheet(
    rows: Sequence[Sequence[np.ndarray]],
    captions: Sequence[str] | None = None,
    cell: int = 64,
) -> Image.Image:
    """Returns an RGB picture with one row of images under another.

    Args:
      rows: images [H, W, C], uint8 (C in 1, 3, 4) or uint16 (C = 1), of any size.
      captions: one for each row, None for none.
      cell: edge in pixels that each image is fitted into; smaller ones are enlarged pixel by
        pixel.

    Raises:
      ValueError: if captions and rows differ in number, or there is no image.
    """
    if captions is not None and len(captions) != len(rows):
        raise ValueError(f"{len(captions)} captions for {len(rows)} rows")
    num_columns = max((len(row) for row in rows), default=0)
    if not num_columns:
        raise ValueError("no image for the contact sheet")
    font = ImageFont.load_default(_FONT_SIZE)
    texts = [_short(caption) for caption in captions or ()]
    left = max((int(font.getlength(text)) for text in texts), default=-_MARGIN) + 2 * _MARGIN
    step = cell + _MARGIN
    size = (left + num_columns * step, _MARGIN + len(rows) * step)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        top = _MARGIN + number * step
        if texts:
            draw.text((_MARGIN, top + cell // 2), texts[number], "black", font, anchor="lm")
        for column, array in enumerate(row):
            image = _fitted(array, cell)
            corner = ((cell - image.width) // 2, (cell - image.height) // 2)
            sheet.paste(image, (left + column * step + corner[0], top + corner[1]))
    return sheet


def _short(caption: str) -> str:
    text = caption.replace("\n", " ").encode("ascii", "replace").decode()
    return text if len(text) <= _MAX_CAPTION else f"{text[: _MAX_CAPTION - 3]}..."


def _fitted(array: np.ndarray, cell: int) -> Image.Image:
    image = to_pillow(convert_mode(array, "RGB"))
    scale = cell / max(image.size)
    size = tuple(max(1, round(edge * scale)) for edge in image.size)
    method = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return image.resize(size, method)
