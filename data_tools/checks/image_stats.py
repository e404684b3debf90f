"""Per-image statistics: hashes, size, mode, sums of levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256, decode_image, pixels_sha256
from data_tools.formats.pixel_modes import to_pillow, to_uint8
from data_tools.progress import progress_bar
from data_tools.sources.source import Example
from data_tools.sources.value_range import ValueRange
from data_tools.workers import ordered_results

_IMAGES_PER_CHUNK = 64


class ImageStats(NamedTuple):
    """Statistics of one image.

    Attributes:
      problem: why the image cannot be read, "" if it can; the other fields are set only then.
      sha256: hash of the bytes.
      pixels_sha256: hash of the pixels.
      perceptual_hash: 64 bits of ``imagehash.phash``, similar for images that look similar.
      mode: key of ``pixel_modes.MODES``.
      format: "PNG", "JPEG", ...
      size: (height, width).
      values: range of the stored values, without transparency.
      sums: float64 [channels], sums of the values, scaled to 0..255.
      squares: float64 [channels], sums of their squares.
    """

    problem: str
    sha256: str = ""
    pixels_sha256: str = ""
    perceptual_hash: int = 0
    mode: str = ""
    format: str = ""
    size: tuple[int, int] = (0, 0)
    values: ValueRange | None = None
    sums: np.ndarray | None = None
    squares: np.ndarray | None = None


@dataclass(frozen=True)
class _StatsTask:
    """Task that computes the statistics of some examples, in any process."""

    examples: Sequence[Example]

    def __call__(self, positions: range) -> list[ImageStats]:
        return [compute_stats(self.examples[position]) for position in positions]


def compute_stats(example: Example) -> ImageStats:
    """Compute the statistics of one image."""
    # The import takes half a second, which commands without statistics should not wait for.
    import imagehash

    try:
        data = example.read()
        image = decode_image(data, example.source_path)
    except InputError as error:
        return ImageStats(str(error))
    levels = to_uint8(image.array)
    values = levels.reshape(-1, levels.shape[2]).astype(np.float64)
    return ImageStats(
        problem="",
        sha256=bytes_sha256(data),
        pixels_sha256=pixels_sha256(image.array),
        perceptual_hash=int(str(imagehash.phash(to_pillow(levels))), 16),
        mode=image.mode,
        format=image.format,
        size=image.shape[:2],
        values=ValueRange.of(image.array),
        sums=values.sum(axis=0),
        squares=(values**2).sum(axis=0),
    )


def compute_all_stats(
    examples: Sequence[Example], description: str, num_workers: int
) -> Iterator[ImageStats]:
    """Yield the statistics of all examples in order.

    Args:
      examples: the images.
      description: text of the progress bar.
      num_workers: number of processes.
    """
    ranges = [
        range(start, min(start + _IMAGES_PER_CHUNK, len(examples)))
        for start in range(0, len(examples), _IMAGES_PER_CHUNK)
    ]
    with (
        progress_bar(description, len(examples)) as bar,
        ordered_results(_StatsTask(examples), ranges, num_workers) as parts,
    ):
        for part in parts:
            yield from part
            bar.update(len(part))
