"""The complement of every value ([Baker2018], appendix, `invert_images`).

255 - x for 8 bits and 65535 - x for 16; transparency is kept as it is.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from data_tools.conversion.plan import Plan
from data_tools.operations.pixels import transformed
from data_tools.sources import Source


def inverted(image: np.ndarray) -> np.ndarray:
    """Returns the complement of an image [H, W, C] of uint8 or uint16; a fourth channel stays.

    >>> inverted(np.array([[[0], [200]]], np.uint8)).ravel().tolist()
    [255, 55]
    """
    complement = np.iinfo(image.dtype).max - image
    complement[..., 3:] = image[..., 3:]
    return complement


def invert(image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yields the one image that comes of one."""
    yield "", inverted(image)


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan that inverts every image."""
    return transformed(sources, invert, options.splits, {})
