"""Inspection of a data set: counts, sizes, levels, duplicates, leaks between splits."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from data_tools.checks.image_stats import ImageStats
from data_tools.checks.perceptual_hash import nearest_distances
from data_tools.sources import Source
from data_tools.sources.value_range import ValueRange


@dataclass(frozen=True)
class ImageEntry:
    """An image's place in its data set."""

    path: str
    label: str
    split: str
    group: str | None


@dataclass(frozen=True)
class Leaks:
    """Overlap of two splits. Near-duplicates alone are not a leak.

    Attributes:
      splits: names of the two; images of the second are looked up in the first.
      equal_bytes: pairs of paths.
      equal_pixels: pairs of paths with different bytes.
      groups: names of groups with images in both.
      near_rate: share of the second split's images with a near-duplicate in the first.
      expected_near_rate: share of the first split's images with a near-duplicate in another group
        and with other pixels: the rate to expect of images of these classes.
      near_distance: bits in which the perceptual hashes of near-duplicates may differ.
    """

    splits: tuple[str, str]
    equal_bytes: tuple[tuple[str, str], ...]
    equal_pixels: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    near_rate: float
    expected_near_rate: float
    near_distance: int

    @property
    def has_leak(self) -> bool:
        """Whether the splits share more than near-duplicates."""
        return bool(self.equal_bytes or self.equal_pixels or self.groups)


@dataclass(frozen=True)
class Inspection:
    """Findings on a data set.

    Attributes:
      name: name of the data set.
      counts: images by split and class.
      sizes: images by "height x width".
      modes: images by mode.
      formats: images by file format.
      origins: images by ``origin`` (see ``ImageRecord``).
      values: range of the values by mode, without transparency.
      mean: mean of each channel over all images of the most common mode, 0..255.
      deviation: standard deviation of each channel over the same images.
      equal_bytes: sets of paths with equal bytes.
      equal_pixels: sets of paths with equal pixels, not all of equal bytes.
      conflicts: sets of paths with equal pixels and different labels.
      leaks: overlap of each pair of splits.
      bad_images: one message per unreadable image.
    """

    name: str
    counts: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    modes: Mapping[str, int]
    formats: Mapping[str, int]
    origins: Mapping[str, int]
    values: Mapping[str, ValueRange]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    equal_bytes: tuple[tuple[str, ...], ...]
    equal_pixels: tuple[tuple[str, ...], ...]
    conflicts: tuple[tuple[str, ...], ...]
    leaks: tuple[Leaks, ...]
    bad_images: tuple[str, ...]

    def to_dict(self) -> dict:
        """Return the findings as plain values."""
        values = {
            mode: {**one._asdict(), "bits": one.bits, "share": one.share}
            for mode, one in self.values.items()
        }
        return {**asdict(self), "values": values}


def inspect_source(source: Source, stats: Iterable[ImageStats], near_distance: int) -> Inspection:
    """Return the findings on a source.

    Args:
      source: the data set.
      stats: statistics of all its images, in order.
      near_distance: bits in which the perceptual hashes of near-duplicates may differ.
    """
    entries: list[ImageEntry] = []
    readable: list[ImageStats] = []
    origins: Counter[str] = Counter()
    bad = []
    levels = _Levels()
    for example, one in zip(source.examples, stats, strict=True):
        if one.problem:
            bad.append(one.problem)
            continue
        levels.add(one)
        origins[example.origin] += 1
        entries.append(ImageEntry(example.path, example.label, example.split, example.group))
        readable.append(one._replace(sums=None, squares=None))
    mean, deviation = levels.mean_and_deviation()
    same_bytes = _sets_of_equals(entries, readable, lambda one: one.sha256)
    same_pixels = _sets_of_equals(entries, readable, lambda one: one.pixels_sha256)
    bytes_sets = {tuple(entry.path for entry in equals) for equals in same_bytes}
    pixel_sets = [tuple(entry.path for entry in equals) for equals in same_pixels]
    return Inspection(
        name=source.name,
        counts=_counts(source, entries),
        sizes=_tally(f"{one.size[0]}x{one.size[1]}" for one in readable),
        modes=_tally(one.mode for one in readable),
        formats=_tally(one.format for one in readable),
        origins=dict(origins),
        values=levels.values,
        mean=mean,
        deviation=deviation,
        equal_bytes=tuple(sorted(bytes_sets)),
        equal_pixels=tuple(paths for paths in pixel_sets if paths not in bytes_sets),
        conflicts=tuple(
            tuple(entry.path for entry in equals)
            for equals in same_pixels
            if len({entry.label for entry in equals}) > 1
        ),
        leaks=tuple(
            _leaks(first, second, entries, readable, near_distance)
            for position, second in enumerate(source.splits)
            for first in source.splits[:position]
        ),
        bad_images=tuple(bad),
    )


class _Levels:
    """Ranges of values, and sums of the levels of each channel, by mode."""

    def __init__(self) -> None:
        self.values: dict[str, ValueRange] = {}
        self._sums: dict[str, np.ndarray] = {}
        self._counts: Counter[str] = Counter()

    def add(self, stats: ImageStats) -> None:
        num_pixels = stats.size[0] * stats.size[1]
        sums = np.stack([np.full(len(stats.sums), num_pixels), stats.sums, stats.squares])
        self._sums[stats.mode] = self._sums.get(stats.mode, 0) + sums
        self._counts[stats.mode] += 1
        self.values[stats.mode] = stats.values.union(self.values.get(stats.mode))

    def mean_and_deviation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if not self._counts:
            return (), ()
        num_pixels, sums, squares = self._sums[self._counts.most_common(1)[0][0]]
        mean = sums / num_pixels
        deviation = np.sqrt(np.maximum(squares / num_pixels - mean**2, 0))
        return tuple(mean.tolist()), tuple(deviation.tolist())


def _tally(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _counts(source: Source, entries: Sequence[ImageEntry]) -> dict[str, dict[str, int]]:
    counts = {split: dict.fromkeys(source.class_names, 0) for split in source.splits or ("",)}
    for entry in entries:
        counts[entry.split][entry.label] += 1
    return counts


def _sets_of_equals(
    entries: Sequence[ImageEntry],
    stats: Sequence[ImageStats],
    key: Callable[[ImageStats], str],
) -> list[list[ImageEntry]]:
    by_key: dict[str, list[ImageEntry]] = {}
    for entry, one in zip(entries, stats, strict=True):
        by_key.setdefault(key(one), []).append(entry)
    return [equals for equals in by_key.values() if len(equals) > 1]


def _leaks(
    first: str,
    second: str,
    entries: Sequence[ImageEntry],
    stats: Sequence[ImageStats],
    near_distance: int,
) -> Leaks:
    """Return what the second split shares with the first."""
    first_indices = [i for i, entry in enumerate(entries) if entry.split == first]
    second_indices = [i for i, entry in enumerate(entries) if entry.split == second]
    by_bytes = {stats[i].sha256: entries[i].path for i in first_indices}
    by_pixels = {stats[i].pixels_sha256: entries[i].path for i in first_indices}
    equal_bytes, equal_pixels = [], []
    for i in second_indices:
        path = entries[i].path
        if stats[i].sha256 in by_bytes:
            equal_bytes.append((by_bytes[stats[i].sha256], path))
        elif stats[i].pixels_sha256 in by_pixels:
            equal_pixels.append((by_pixels[stats[i].pixels_sha256], path))
    groups = {entries[i].group for i in first_indices} & {entries[i].group for i in second_indices}
    hashes = np.array([one.perceptual_hash for one in stats], np.uint64)
    near_rate, expected = _near_rates(
        entries, stats, hashes, first_indices, second_indices, near_distance
    )
    return Leaks(
        splits=(first, second),
        equal_bytes=tuple(equal_bytes),
        equal_pixels=tuple(equal_pixels),
        groups=tuple(sorted(groups - {None})),
        near_rate=near_rate,
        expected_near_rate=expected,
        near_distance=near_distance,
    )


def _near_rates(
    entries: Sequence[ImageEntry],
    stats: Sequence[ImageStats],
    hashes: np.ndarray,
    first_indices: Sequence[int],
    second_indices: Sequence[int],
    near_distance: int,
) -> tuple[float, float]:
    """Return ``near_rate`` and ``expected_near_rate`` of ``Leaks``."""
    if not first_indices or not second_indices:
        return 0.0, 0.0
    no_keys = np.full(len(second_indices), -1)
    unique = list({stats[i].pixels_sha256: i for i in first_indices}.values())
    keys = _group_keys(entries, unique)
    distances = nearest_distances(hashes[second_indices], hashes[unique], no_keys, keys)
    sample = np.linspace(0, len(unique) - 1, min(len(second_indices), len(unique))).astype(int)
    own = hashes[unique]
    own_distances = nearest_distances(own[sample], own, keys[sample], keys)
    return float((distances <= near_distance).mean()), float(
        (own_distances <= near_distance).mean()
    )


def _group_keys(entries: Sequence[ImageEntry], indices: Sequence[int]) -> np.ndarray:
    """Return int64 [num_indices], equal for images of one group, else different."""
    keys: dict[object, int] = {}
    group_keys = []
    for index in indices:
        group = entries[index].group
        group_keys.append(keys.setdefault(index if group is None else ("group", group), len(keys)))
    return np.array(group_keys, np.int64)
