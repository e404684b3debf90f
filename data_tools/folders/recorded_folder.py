"""Folders of data sets with a manifest, whose names are taken as they are."""

from collections.abc import Collection, Sequence
from pathlib import Path

from data_tools.folders.entries import FolderReader, joined
from data_tools.folders.listing import FolderListing, ImageFiles


def list_recorded_folder(
    root: Path, known: Collection[str], class_names: tuple[str, ...], splits: Sequence[str]
) -> FolderListing:
    """List root/<label>/<image> or root/<split>/<label>/<image>.

    Args:
      root: the folder; no image is decoded.
      known: names in the root that are expected and neither labels nor images.
      class_names: class names of the data set.
      splits: its splits, () if it has none.
    """
    reader = FolderReader(root)
    files = ImageFiles()
    top = reader.entries("", known)
    if splits:
        _reject(reader, "", [name for name in top.folders if name not in splits])
    for split in splits or ("",):
        if split and split not in top.folders:
            continue
        entries = reader.entries(split) if split else top
        _reject(reader, split, entries.files)
        for label in entries.folders:
            folder = joined(split, label)
            inside = reader.entries(folder)
            _reject(reader, folder, inside.folders)
            files.add_folder(folder, label, split, inside.files)
    return FolderListing(class_names, tuple(splits), files, reader.unexpected())


def _reject(reader: FolderReader, folder: str, names: Sequence[str]) -> None:
    for name in names:
        reader.add_unexpected(joined(folder, name), "is neither an image nor its label folder")
