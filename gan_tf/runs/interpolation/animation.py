"""Animations as GIF files."""

import io
from collections.abc import Sequence

import numpy as np

from data_tools.formats.images import to_pillow


def encode_gif(frames: Sequence[np.ndarray], milliseconds: int = 100) -> bytes:
    """Return the GIF of frames that repeats without end.

    Gray frames are exact; a color frame is reduced to the 256 colors that suit it best. Equal
    frames in succession become one that is shown for longer.

    Args:
      frames: uint8 [height, width, channels] of one shape, 1 or 3 channels; at least one.
      milliseconds: time that a frame is shown, a multiple of 10.
    """
    first, *others = (to_pillow(frame) for frame in frames)
    buffer = io.BytesIO()
    first.save(
        buffer, format="GIF", save_all=True, append_images=others, duration=milliseconds, loop=0
    )
    return buffer.getvalue()
