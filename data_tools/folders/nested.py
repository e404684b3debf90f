"""Folders inside label folders: how they are read, and how their files are named."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from data_tools.files.labels import normalized_label
from data_tools.files.paths import unused_path
from data_tools.folders.entries import FolderReader, image_files
from data_tools.folders.listing import ImageFiles
from data_tools.folders.options import FLATTEN, JOIN
from data_tools.folders.splits import repeated_folder


class Group(NamedTuple):
    """Files of one folder.

    Attributes:
      parts: parts of their label, one unless labels are joined.
      folder: relative path of the folder.
      prefix: what precedes their names in the data set.
      names: their names.
    """

    parts: tuple[str, ...]
    folder: str
    prefix: str
    names: list[str]


class NestedReader:
    """Reads label folders and the folders inside them.

    Attributes:
      repeated: folders of the same name inside each other that were read as one.
      refused: folders inside label folders, with the parts of their joined label, that nothing
        says how to read.
    """

    def __init__(self, reader: FolderReader, nested: str | None):
        self._reader = reader
        self._nested = nested
        self.repeated: list[str] = []
        self.refused: list[tuple[str, tuple[str, ...]]] = []

    def groups(self, folder: str, parts: tuple[str, ...], prefix: str = "") -> Iterator[Group]:
        """Yield the files in a folder and in those inside it; see ``Group``."""
        reader = self._reader
        entries = reader.entries(folder)
        if inside := repeated_folder(reader, folder, entries):
            self.repeated.append(inside)
            yield from self.groups(inside, parts, prefix)
            return
        if entries.files:
            yield Group(parts, folder, prefix, entries.files)
        for name in entries.folders:
            inside = f"{folder}/{name}"
            joined_parts = (*parts, normalized_label(name))
            if reader.is_link(inside):
                reader.add_unexpected(inside, "is a symbolic link to a folder")
            elif not any(image_files(reader.root / inside)):
                reader.add_unexpected(inside, "is a folder without images inside a label folder")
            elif self._nested == FLATTEN:
                yield from self.groups(inside, parts, f"{prefix}{name}_")
            elif self._nested == JOIN:
                yield from self.groups(inside, joined_parts)
            else:
                self.refused.append((inside, joined_parts))


def add_groups(files: ImageFiles, label: str, split: str, groups: Sequence[Group]) -> None:
    """Add the files of some folders under one label, with new names where names are equal."""
    taken: set[str] = set()
    for _, folder, prefix, names in groups:
        new_names = _new_names(names, prefix, taken) if len(groups) > 1 else {}
        files.add_folder(folder, label, split, names, prefix=prefix, new_names=new_names)


def _new_names(names: Iterable[str], prefix: str, taken: set[str]) -> dict[int, str]:
    new_names = {}
    for position, name in enumerate(names):
        unused = unused_path(prefix + name, taken)
        taken.add(unused)
        if unused != prefix + name:
            new_names[position] = unused
    return new_names
