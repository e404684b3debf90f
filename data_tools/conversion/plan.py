"""`Plan`, what an operation asks for: which images, where to, and how changed."""

import argparse
import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from data_tools.files.paths import unused_path
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources.source import Example, Source

# Flags that name a file, which stands elsewhere on another machine.
_FILES = ("csv", "group_csv")

if TYPE_CHECKING:
    from data_tools.conversion.options import Settings
    from data_tools.formats.dataset_info import DatasetInfo

#: Pixels [H, W, C] in; for each image out, what is added to its name and its pixels.
Transform = Callable[[np.ndarray], Iterable[tuple[str, np.ndarray]]]
#: Number and example in; the example out with the path, label, split and group it is to have.
Placement = Callable[[int, Example], Example]
#: Carries out a plan in an empty folder and returns the info of what it has written.
Writer = Callable[["Plan", Path, "Settings"], "DatasetInfo"]


class JoinedExamples(Sequence):
    """The examples of several sources, one source behind the other."""

    def __init__(self, sources: Sequence[Source]):
        """Joins the sources in their order."""
        self._names = [source.name for source in sources]
        self._parts = [source.examples for source in sources]
        self._ends = list(accumulate(len(part) for part in self._parts))
        self.are_split = any(source.splits for source in sources)

    def __len__(self) -> int:
        """Returns the number of examples in all sources."""
        return self._ends[-1]

    def __getitem__(self, index: int) -> Example:
        """Returns one example."""
        part = self.source_index(index)
        return self._parts[part][index - self._ends[part] + len(self._parts[part])]

    def source_index(self, index: int) -> int:
        """Returns the position of the source that an example comes from."""
        return bisect.bisect_right(self._ends, index)

    def source_name(self, index: int) -> str:
        """Returns the name of the source that an example comes from."""
        return self._names[self.source_index(index)]


@dataclass(frozen=True)
class Plan:
    """What an operation asks for; nothing is read or written yet.

    Attributes:
      class_names: of the new data set.
      examples: the images to choose from.
      order: numbers of the chosen ones.
      place: gives the path, label, split and group that an example is to have; None keeps all.
      transform: changes the pixels; None copies the bytes.
      transformed_splits: the splits that `transform` acts on.
      arguments: what goes into the history of each image.
      trained_on: the real images that generators of synthetic ones saw.
      notes: lines to tell the user.
      extra: what the info is to say of the operation's outcome.
      has_label_lists: True to write [Baker2018]'s two text files beside the images.
      writer: writes the plan into a folder and returns the info; None for an image folder.
      renames: paths of those images that would fall on another's path, by position in `order`.
    """

    class_names: tuple[str, ...]
    examples: JoinedExamples
    order: Sequence[int]
    place: Placement | None = None
    transform: Transform | None = None
    transformed_splits: frozenset[str] = frozenset()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trained_on: tuple[TrainedOnImage, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    has_label_lists: bool = False
    writer: "Writer | None" = None
    renames: Mapping[int, str] = field(default_factory=dict)

    def is_transformed(self, example: Example) -> bool:
        """Whether the pixels of an example are to be changed."""
        return self.transform is not None and example.split in self.transformed_splits

    def target(self, position: int) -> tuple[Example, Example]:
        """Returns the example at a position of the order, as it is and as it is to be placed."""
        index = int(self.order[position])
        example = self.examples[index]
        target = example if self.place is None else self.place(index, example)
        path = target.path
        if self.is_transformed(example):
            path = str(PurePosixPath(path).with_suffix(".png"))
        path = self.renames.get(position, path)
        return example, target if path == target.path else replace(target, path=path)

    def with_renames(self) -> "Plan":
        """Returns the plan with a new name for every image that would fall on another's path."""
        if self.place is None and self.transform is None:
            return self
        paths = (self.target(position)[1].path for position in range(len(self.order)))
        return replace(self, renames=collisions(paths, len(self.order), self._path_at))

    def _path_at(self, position: int) -> str:
        return self.target(position)[1].path


def collisions(
    paths: Iterable[str], num_paths: int, path_at: Callable[[int], str]
) -> dict[int, str]:
    """Returns a path of its own for each position whose path an earlier position has.

    Args:
      paths: all paths, in order; only their hashes are kept.
      num_paths: how many they are.
      path_at: gives the path at a position again.
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


def placed(example: Example, **changes: Any) -> Example:
    """Returns the example with another label, split or group and the path that goes with them."""
    target = replace(example, **changes)
    parts = (target.split, target.label, PurePosixPath(example.path).name)
    return replace(target, path="/".join(part for part in parts if part))


def given_flags(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Returns those of the flags that have a value, for the history; of a file its name alone."""
    given = {name: getattr(options, name) for name in names}
    return {
        name: PurePosixPath(value).name if name in _FILES else value
        for name, value in given.items()
        if value is not None
    }


def united_trained_on(sources: Sequence[Source]) -> tuple[TrainedOnImage, ...]:
    """Returns the real images behind the synthetic ones of all sources, each once."""
    return tuple(dict.fromkeys(image for source in sources for image in source.trained_on))


def acted_on(examples: Sequence[Example], splits: Sequence[str]) -> np.ndarray:
    """Returns bool [num_examples]: which examples an operation acts on.

    Args:
      examples: of a source.
      splits: the splits it acts on; an example without split is always acted on.
    """
    chosen = ("", *splits)
    return np.fromiter((one.split in chosen for one in examples), bool, len(examples))
