"""[Segura2019]'s picture of a map: every image as a thumbnail at its point."""

import io

import numpy as np
from PIL import Image, ImageOps

#: Thumbnails that fit into a sheet's width: [Segura2019] has 100 pixels of 4000.
THUMBNAILS_ACROSS = 40
FRAME = "#d55e00"
BACKGROUND = "#ffffff"


def thumbnail_sheet(
    images: np.ndarray, points: np.ndarray, is_real: np.ndarray, size: tuple[int, int], seed: int
) -> bytes:
    """Return a PNG of all images as thumbnails at their points, the synthetic ones framed.

    They overlap in a seeded order, so that neither kind hides the other.

    Args:
      images: uint8 [n, height, width, channels].
      points: [n, 2]; the second coordinate points up.
      is_real: [n].
      size: width and height in pixels.
      seed: of the order.
    """
    edge = max(4, size[0] // THUMBNAILS_ACROSS)
    frame = max(1, edge // 16)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    shares = (points - low) / np.where(span > 0, span, 1.0)
    space = np.array(size) - edge
    corners = np.rint(np.stack([shares[:, 0], 1 - shares[:, 1]], axis=1) * space).astype(int)
    sheet = Image.new("RGB", size, BACKGROUND)
    for index in np.random.default_rng(seed).permutation(len(images)):
        pixels = images[index][..., 0] if images.shape[-1] == 1 else images[index]
        thumbnail = Image.fromarray(pixels).convert("RGB")
        inside = edge if is_real[index] else edge - 2 * frame
        thumbnail = ImageOps.fit(thumbnail, (inside, inside), Image.Resampling.LANCZOS)
        if not is_real[index]:
            thumbnail = ImageOps.expand(thumbnail, frame, FRAME)
        sheet.paste(thumbnail, tuple(corners[index]))
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()
