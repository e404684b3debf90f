"""Labeled folders: root/<label>/<image>, with or without splits and folders inside labels."""

from collections.abc import Collection, Sequence
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.labels import normalization_note, normalized_label
from data_tools.files.paths import natural_key
from data_tools.folders import layout_errors
from data_tools.folders.entries import FolderReader, joined
from data_tools.folders.listing import FolderListing, ImageFiles
from data_tools.folders.nested import Group, NestedReader, add_groups
from data_tools.folders.splits import find_splits


def list_labeled_folder(
    root: Path, known: Collection[str], nested: str | None = None
) -> FolderListing:
    """List root/<label>/<image> or root/<split>/<label>/<image>.

    Args:
      root: the folder; no image is decoded.
      known: names in the root that are expected and neither labels nor images.
      nested: how folders inside label folders are read, a value of ``NESTED``; None refuses them.

    Raises:
      InputError: the folder has another layout, or a label folder has no images.
    """
    reader = FolderReader(root)
    top = reader.entries("", known)
    if not top.folders:
        raise layout_errors.no_label_folders(reader, top.files)
    splits, notes = find_splits(reader, top)
    labels = _Labels(reader, nested)
    labels.refuse_images("", top.files)
    for split, folder in splits.items():
        entries = reader.entries(folder) if folder else top
        labels.refuse_images(folder, entries.files)
        labels.add(folder, split, entries.folders)
    return labels.listing(tuple(filter(None, splits)), notes)


class _Labels:
    """Collects the files of label folders."""

    def __init__(self, reader: FolderReader, nested: str | None):
        self._reader = reader
        self._nested_reader = NestedReader(reader, nested)
        self._files = ImageFiles()
        self._parts: dict[str, tuple[str, ...]] = {}
        self._names: list[str] = []

    def refuse_images(self, folder: str, names: Sequence[str]) -> None:
        """Raise InputError if there is an image beside label folders."""
        layout_errors.refuse_loose_images(self._reader, folder, names)
        for name in names:
            reason = "is neither a label folder nor an image inside one"
            self._reader.add_unexpected(joined(folder, name), reason)

    def add(self, parent: str, split: str, names: Sequence[str]) -> None:
        """Add the files of the label folders in a folder.

        Raises:
          InputError: one has no images or a blank name, or two joined labels are equal.
        """
        folders: dict[str, list[str]] = {}
        for name in names:
            folders.setdefault(normalized_label(name), []).append(joined(parent, name))
        if "" in folders:
            (folder, *_) = folders[""]
            raise InputError(f"label folder {folder!r} in {self._reader.root} is blank; rename it")
        self._names += names
        for label in sorted(folders, key=natural_key):
            by_parts: dict[tuple[str, ...], list[Group]] = {}
            for folder in folders[label]:
                for group in self._groups(folder, label):
                    by_parts.setdefault(group.parts, []).append(group)
            for parts, groups in by_parts.items():
                add_groups(self._files, self._joined_label(parts), split, groups)

    def listing(self, splits: tuple[str, ...], notes: Sequence[str]) -> FolderListing:
        """Return what was added.

        Raises:
          InputError: there are folders inside label folders, and nothing says how to read them.
        """
        if refused := self._nested_reader.refused:
            raise layout_errors.nested_folders(self._reader, refused)
        more = [
            normalization_note(self._names),
            layout_errors.repeated_note(self._nested_reader.repeated),
        ]
        return FolderListing(
            class_names=tuple(sorted(self._parts, key=natural_key)),
            splits=splits,
            files=self._files,
            unexpected_files=self._reader.unexpected(),
            notes=(*notes, *filter(None, more)),
        )

    def _groups(self, folder: str, label: str) -> list[Group]:
        num_refused = len(self._nested_reader.refused)
        groups = list(self._nested_reader.groups(folder, (label,)))
        if not groups and num_refused == len(self._nested_reader.refused):
            raise layout_errors.no_images(self._reader, folder)
        return groups

    def _joined_label(self, parts: tuple[str, ...]) -> str:
        label = "_".join(parts)
        if self._parts.setdefault(label, parts) != parts:
            folders = " and ".join(repr("/".join(one)) for one in (self._parts[label], parts))
            raise InputError(
                f"--nested=join labels both {folders} {label!r}; rename one of these folders"
            )
        return label
