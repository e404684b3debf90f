"""The options of operations that convert pixel modes, and what they ask for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.mode_conversion import ModeConversion
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan_helpers import in_splits
from data_tools.errors import InputError, UsageError
from data_tools.formats.images import decode_image
from data_tools.formats.pixel_modes import FULL_SCALE, MODES, GrayScale
from data_tools.options import option
from data_tools.progress import progress_bar
from data_tools.sources import Example, Source
from data_tools.workers import ordered_results

_NUM_LEVELS = 2**16
_IMAGES_PER_CHUNK = 256


def parse_percentiles(text: str) -> tuple[float, float]:
    """Return "low,high" as two numbers.

    >>> parse_percentiles("0.1,99.9")
    (0.1, 99.9)
    """
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low = high = math.nan
    if not 0 <= low < high <= 100:
        raise ValueError("is not of the form LOW,HIGH with 0 <= LOW < HIGH <= 100")
    return low, high


@dataclass(frozen=True, kw_only=True)
class ModeOptions(ConversionOptions):
    """Options of operations that convert pixel modes."""

    mode: str | None = option(
        None,
        "Convert all images to this mode (I;16 is 16-bit gray), transparency blended with white; "
        "default: leave each as it is.",
        choices=tuple(MODES),
    )
    bit_depth: int | None = option(
        None,
        "Bits of 16-bit gray that are in use, with --mode=L, RGB or RGBA: 0 to 2^N-1 become 0 to "
        "255, a larger value is refused; default: 16.",
        lower=1,
        upper=16,
    )
    percentiles: tuple[float, float] | None = option(
        None,
        "Instead of --bit_depth: LOW,HIGH percentiles of the values of all 16-bit images (those of "
        "train, if there are splits), which become 0 and 255; values beyond them are clipped.",
        parse=parse_percentiles,
    )


def mode_conversion(source: Source, options: ModeOptions) -> ModeConversion | None:
    """Return the conversion that the options ask for; None for none.

    Percentiles are computed from all images of ``train``, or of a source without it.

    Raises:
      UsageError: the options contradict each other.
      InputError: the two percentiles are the same value.
    """
    scaling = {"bit_depth": options.bit_depth, "percentiles": options.percentiles}
    given = [name for name, value in scaling.items() if value is not None]
    if options.mode in (None, "I;16"):
        if given:
            raise UsageError(f"--{given[0]} needs --mode=L, RGB or RGBA; add one")
        return None if options.mode is None else ModeConversion(options.mode)
    if len(given) > 1:
        raise UsageError("--bit_depth and --percentiles are mutually exclusive; pass one")
    scale = FULL_SCALE
    if options.bit_depth is not None:
        scale = GrayScale(0, 2**options.bit_depth - 1)
    elif options.percentiles is not None:
        scale = _scale_between(options.percentiles, _value_counts(source, options.num_workers))
    return ModeConversion(options.mode, scale, options.bit_depth, options.percentiles)


def _scale_between(percentiles: tuple[float, float], counts: np.ndarray) -> GrayScale:
    """Return the scale between two percentiles, the smallest values with these shares below.

    Args:
      percentiles: low and high, 0..100.
      counts: int64 [65536], how often each value occurs.
    """
    up_to = counts.cumsum()
    if up_to[-1] == 0:
        return FULL_SCALE
    ranks = [max(1, math.ceil(up_to[-1] * percent / 100)) for percent in percentiles]
    low, high = np.searchsorted(up_to, ranks).tolist()
    if low == high:
        text = ",".join(f"{percent:g}" for percent in percentiles)
        remedy = "choose them farther apart" if (counts > 0).sum() > 1 else "leave them out"
        raise InputError(f"--percentiles={text} of the 16-bit values are both {low}; {remedy}")
    return GrayScale(low, high)


def _value_counts(source: Source, num_workers: int) -> np.ndarray:
    """Return how often each value occurs in 16-bit images, int64 [65536]."""
    indices = np.flatnonzero(in_splits(source.examples, ("train",)))
    if len(indices) == 0:
        indices = np.arange(len(source.examples))
    ranges = [
        range(start, min(start + _IMAGES_PER_CHUNK, len(indices)))
        for start in range(0, len(indices), _IMAGES_PER_CHUNK)
    ]
    total = np.zeros(_NUM_LEVELS, np.int64)
    count = _CountValues(source.examples, indices)
    with (
        progress_bar("measuring values", len(indices)) as bar,
        ordered_results(count, ranges, num_workers) as parts,
    ):
        for positions, part in zip(ranges, parts, strict=True):
            total += part
            bar.update(len(positions))
    return total


@dataclass(frozen=True)
class _CountValues:
    """Task that counts the values of some 16-bit images, in any process."""

    examples: Sequence[Example]
    indices: np.ndarray

    def __call__(self, positions: range) -> np.ndarray:
        counts = np.zeros(_NUM_LEVELS, np.int64)
        for index in self.indices[positions.start : positions.stop].tolist():
            example = self.examples[index]
            try:
                image = decode_image(example.read(), example.source_path)
            except InputError:
                continue  # Reported when the image is converted.
            if image.mode == "I;16":
                counts += np.bincount(image.array.ravel(), minlength=_NUM_LEVELS)
        return counts
