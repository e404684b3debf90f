"""The complement of every value ([Baker2018], appendix, ``invert_images``).

255 - x for 8 bits and 65535 - x for 16; transparency is kept as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.options import ConversionOptions, splits_option
from data_tools.conversion.plan import Plan
from data_tools.conversion.plan_helpers import pixel_plan
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``invert_images``."""

    splits: tuple[str, ...] = splits_option()


def inverted(image: np.ndarray) -> np.ndarray:
    """Return the complement of an image [H, W, C] of uint8 or uint16; a fourth channel stays.

    >>> inverted(np.array([[[0], [200]]], np.uint8)).ravel().tolist()
    [255, 55]
    """
    complement = np.iinfo(image.dtype).max - image
    complement[..., 3:] = image[..., 3:]
    return complement


def invert(image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the inverted image."""
    yield "", inverted(image)


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that inverts every image."""
    return pixel_plan(sources, invert, options.splits, {})
