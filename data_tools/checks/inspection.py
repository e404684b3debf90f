"""What a data set holds: counts, sizes, levels, duplicates, leaks between splits."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from data_tools.checks.image_stats import ImageStats
from data_tools.checks.perceptual_hash import nearest_distances
from data_tools.sources import Source


@dataclass(frozen=True)
class ImageEntry:
    """Where an image stands in its data set."""

    path: str
    label: str
    split: str
    group: str | None


@dataclass(frozen=True)
class Leaks:
    """What one split shares with another; each of these is a leak, but for `near`.

    Attributes:
      splits: the two of them; images of the second are looked for in the first.
      equal_bytes: pairs of paths.
      equal_pixels: pairs of paths whose bytes differ.
      groups: names of groups with images in both.
      near_rate: part of the second split's images that have a near one in the first.
      expected_near_rate: part of the first split's own images that have a near one among its other
        groups and pixels: what images of these classes look alike anyway.
      near_distance: bits of the perceptual hash in which near images may differ.
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
        """Whether anything but resemblance is shared."""
        return bool(self.equal_bytes or self.equal_pixels or self.groups)


@dataclass(frozen=True)
class Inspection:
    """The findings.

    Attributes:
      name: of the data set.
      counts: images by split and class.
      sizes: images by "height x width".
      modes: images by mode.
      formats: images by file format.
      origins: images by "real" or the name of what made them.
      mean: of each channel over all images of the commonest mode, 0..255.
      deviation: likewise, the standard deviation.
      equal_bytes: sets of paths with equal bytes.
      equal_pixels: sets of paths with equal pixels but not all equal bytes.
      conflicts: sets of paths with equal pixels and different labels.
      leaks: of each pair of splits.
      bad_images: what cannot be read.
    """

    name: str
    counts: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    modes: Mapping[str, int]
    formats: Mapping[str, int]
    origins: Mapping[str, int]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    equal_bytes: tuple[tuple[str, ...], ...]
    equal_pixels: tuple[tuple[str, ...], ...]
    conflicts: tuple[tuple[str, ...], ...]
    leaks: tuple[Leaks, ...]
    bad_images: tuple[str, ...]

    def to_dict(self) -> dict:
        """Returns the findings as plain values."""
        return asdict(self)


def inspect_source(source: Source, facts: Iterable[ImageStats], near_distance: int) -> Inspection:
    """Returns the findings on a source.

    Args:
      source: the data set.
      facts: of all its images in order.
      near_distance: bits of the perceptual hash in which near images may differ.
    """
    entries: list[ImageEntry] = []
    known: list[ImageStats] = []
    origins: Counter[str] = Counter()
    bad = []
    levels = _Levels()
    for example, one in zip(source.examples, facts, strict=True):
        if one.problem:
            bad.append(one.problem)
            continue
        levels.add(one)
        origins[example.origin] += 1
        entries.append(ImageEntry(example.path, example.label, example.split, example.group))
        known.append(one._replace(sums=None, squares=None))
    mean, deviation = levels.mean_and_deviation()
    same_bytes = _sets_of_equals(entries, known, lambda one: one.sha256)
    same_pixels = _sets_of_equals(entries, known, lambda one: one.pixels_sha256)
    bytes_sets = {tuple(entry.path for entry in found) for found in same_bytes}
    pixel_sets = [tuple(entry.path for entry in found) for found in same_pixels]
    return Inspection(
        name=source.name,
        counts=_counts(source, entries),
        sizes=_tally(f"{one.size[0]}x{one.size[1]}" for one in known),
        modes=_tally(one.mode for one in known),
        formats=_tally(one.format for one in known),
        origins=dict(origins),
        mean=mean,
        deviation=deviation,
        equal_bytes=tuple(sorted(bytes_sets)),
        equal_pixels=tuple(paths for paths in pixel_sets if paths not in bytes_sets),
        conflicts=tuple(
            tuple(entry.path for entry in found)
            for found in same_pixels
            if len({entry.label for entry in found}) > 1
        ),
        leaks=tuple(
            _leaks(first, second, entries, known, near_distance)
            for position, second in enumerate(source.splits)
            for first in source.splits[:position]
        ),
        bad_images=tuple(bad),
    )


class _Levels:
    """Sums of the values of each channel, by mode."""

    def __init__(self) -> None:
        self._sums: dict[str, np.ndarray] = {}
        self._counts: Counter[str] = Counter()

    def add(self, facts: ImageStats) -> None:
        num_pixels = facts.size[0] * facts.size[1]
        sums = np.stack([np.full(len(facts.sums), num_pixels), facts.sums, facts.squares])
        self._sums[facts.mode] = self._sums.get(facts.mode, 0) + sums
        self._counts[facts.mode] += 1

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
    facts: Sequence[ImageStats],
    key: Callable[[ImageStats], str],
) -> list[list[ImageEntry]]:
    found: dict[str, list[ImageEntry]] = {}
    for entry, one in zip(entries, facts, strict=True):
        found.setdefault(key(one), []).append(entry)
    return [equals for equals in found.values() if len(equals) > 1]


def _leaks(
    first: str,
    second: str,
    entries: Sequence[ImageEntry],
    facts: Sequence[ImageStats],
    near_distance: int,
) -> Leaks:
    """Returns what the second split shares with the first."""
    ours = [i for i, entry in enumerate(entries) if entry.split == first]
    theirs = [i for i, entry in enumerate(entries) if entry.split == second]
    by_bytes = {facts[i].sha256: entries[i].path for i in ours}
    by_pixels = {facts[i].pixels_sha256: entries[i].path for i in ours}
    equal_bytes, equal_pixels = [], []
    for i in theirs:
        path = entries[i].path
        if facts[i].sha256 in by_bytes:
            equal_bytes.append((by_bytes[facts[i].sha256], path))
        elif facts[i].pixels_sha256 in by_pixels:
            equal_pixels.append((by_pixels[facts[i].pixels_sha256], path))
    groups = {entries[i].group for i in ours} & {entries[i].group for i in theirs}
    hashes = np.array([one.perceptual_hash for one in facts], np.uint64)
    near_rate, expected = _near_rates(entries, facts, hashes, ours, theirs, near_distance)
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
    facts: Sequence[ImageStats],
    hashes: np.ndarray,
    ours: Sequence[int],
    theirs: Sequence[int],
    near_distance: int,
) -> tuple[float, float]:
    """Returns how many of theirs resemble one of ours, and of ours another of ours."""
    if not ours or not theirs:
        return 0.0, 0.0
    nobody = np.full(len(theirs), -1)
    unique = list({facts[i].pixels_sha256: i for i in ours}.values())
    keys = _group_keys(entries, unique)
    distances = nearest_distances(hashes[theirs], hashes[unique], nobody, keys)
    sample = np.linspace(0, len(unique) - 1, min(len(theirs), len(unique))).astype(int)
    own = hashes[unique]
    own_distances = nearest_distances(own[sample], own, keys[sample], keys)
    return float((distances <= near_distance).mean()), float(
        (own_distances <= near_distance).mean()
    )


def _group_keys(entries: Sequence[ImageEntry], indexes: Sequence[int]) -> np.ndarray:
    """Returns int64 [num_indexes], equal for images of one group, else different."""
    keys: dict[object, int] = {}
    found = []
    for index in indexes:
        group = entries[index].group
        found.append(keys.setdefault(index if group is None else ("group", group), len(keys)))
    return np.array(found, np.int64)
