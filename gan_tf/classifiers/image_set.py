"""Labeled images in memory."""

from typing import NamedTuple

import numpy as np


class ImageSet(NamedTuple):
    """Images in memory: uint8 [n, height, width, channels], labels int32 [n]."""

    images: np.ndarray
    labels: np.ndarray
