"""``Plan``: which images an operation selects, where they go, and how they change."""

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from data_tools.conversion.mode_conversion import ModeConversion
from data_tools.conversion.options import ConversionOptions
from data_tools.files.paths import unused_path
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources.source import Example, Source

# Workers get chunks of about this many bytes, so that results in transit stay small.
_BYTES_PER_CHUNK = 500_000
_MAX_IMAGES_PER_CHUNK = 256

#: Maps pixels [H, W, C] to a (name suffix, pixels) pair for each resulting image.
Transform = Callable[[np.ndarray], Iterable[tuple[str, np.ndarray]]]
#: Maps an index and its example to the example with its new path, label, split and group.
Placement = Callable[[int, Example], Example]
#: Carries out a plan in an empty folder and returns the info of what it has written.
Writer = Callable[["Plan", Path, ConversionOptions], DatasetInfo]


class JoinedExamples(Sequence):
    """The examples of several sources, concatenated."""

    def __init__(self, sources: Sequence[Source]):
        """Join the sources in their order."""
        self._names = [source.name for source in sources]
        self._parts = [source.examples for source in sources]
        self._ends = list(accumulate(len(part) for part in self._parts))
        self.are_split = any(source.splits for source in sources)

    def __len__(self) -> int:
        """Return the number of examples in all sources."""
        return self._ends[-1]

    def __getitem__(self, index: int) -> Example:
        """Return one example."""
        part = self.source_index(index)
        return self._parts[part][index - self._ends[part] + len(self._parts[part])]

    def source_index(self, index: int) -> int:
        """Return the position of the source that an example comes from."""
        return bisect.bisect_right(self._ends, index)

    def source_name(self, index: int) -> str:
        """Return the name of the source that an example comes from."""
        return self._names[self.source_index(index)]


@dataclass(frozen=True)
class Plan:
    """What an operation will write; nothing is read or written yet.

    Attributes:
      class_names: class names of the new data set.
      examples: the images to select from.
      order: indices of the selected examples, in their new order.
      place: returns an example with its new path, label, split and group; None keeps all.
      transform: changes the pixels; None copies the bytes.
      transformed_splits: the splits that ``transform`` applies to.
      conversion: changes the mode, before ``transform`` and of the same images; of all images if
        there is no transform.
      arguments: entry for the history of each image.
      trained_on: the real images that the generators of synthetic ones were trained on.
      notes: lines to print for the user.
      extra: entries for ``dataset.json`` about the operation's outcome.
      has_label_lists: True to write the two text files of [Baker2018] next to the images.
      writer: writes the plan into a folder and returns the info; None for an image folder.
      renames: new paths for images that would collide with another, by position in ``order``.
    """

    class_names: tuple[str, ...]
    examples: JoinedExamples
    order: Sequence[int]
    place: Placement | None = None
    transform: Transform | None = None
    transformed_splits: frozenset[str] = frozenset()
    conversion: ModeConversion | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trained_on: tuple[TrainedOnImage, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    has_label_lists: bool = False
    writer: Writer | None = None
    renames: Mapping[int, str] = field(default_factory=dict)

    def is_transformed(self, example: Example) -> bool:
        """Return whether the pixels of an example will change."""
        return self.transform is not None and example.split in self.transformed_splits

    def is_converted(self, example: Example) -> bool:
        """Return whether the mode of an example may change."""
        if self.conversion is None:
            return False
        return self.transform is None or self.is_transformed(example)

    def target(self, position: int) -> tuple[Example, Example]:
        """Return the example at a position of the order, before and after placement."""
        index = int(self.order[position])
        example = self.examples[index]
        target = example if self.place is None else self.place(index, example)
        path = target.path
        if self.is_transformed(example):
            path = str(PurePosixPath(path).with_suffix(".png"))
        path = self.renames.get(position, path)
        return example, target if path == target.path else replace(target, path=path)

    def with_renames(self) -> "Plan":
        """Return the plan with a new name for every image that would collide with another."""
        if self.place is None and self.transform is None:
            return self
        paths = (self.target(position)[1].path for position in range(len(self.order)))
        return replace(self, renames=resolve_collisions(paths, len(self.order), self._path_at))

    def chunks(self, start: int, stop: int) -> list[range]:
        """Divide the positions from start to stop into chunks, sized by the first image."""
        try:
            size = len(self.target(start)[0].load()) if start < stop else 0
        except Exception:  # Reported when the image itself is processed.
            size = 0
        step = max(1, min(_MAX_IMAGES_PER_CHUNK, _BYTES_PER_CHUNK // max(size, 1)))
        return [range(first, min(first + step, stop)) for first in range(start, stop, step)]

    def _path_at(self, position: int) -> str:
        return self.target(position)[1].path


def resolve_collisions(
    paths: Iterable[str], num_paths: int, path_at: Callable[[int], str]
) -> dict[int, str]:
    """Return an unused path for each position whose path an earlier position has.

    Args:
      paths: all paths, in order; only their hashes are kept in memory.
      num_paths: number of paths.
      path_at: returns the path at a position.
    """
    hashes = np.fromiter((hash(path) for path in paths), np.int64, num_paths)
    values, counts = np.unique(hashes, return_counts=True)
    if (counts == 1).all():
        return {}
    suspects = np.flatnonzero(np.isin(hashes, values[counts > 1]))
    taken = {path_at(position) for position in range(num_paths)}
    seen: set[str] = set()
    renames = {}
    for position in suspects.tolist():
        path = path_at(position)
        if path in seen:
            path = unused_path(path, taken)
            taken.add(path)
            renames[position] = path
        seen.add(path)
    return renames
