"""Folders of images without labels, read as one class: root/<image> or root/<split>/<image>."""

from collections.abc import Collection
from pathlib import Path

from data_tools.errors import InputError, UsageError
from data_tools.folders import layout_errors
from data_tools.folders.entries import FolderReader, joined
from data_tools.folders.listing import FolderListing, ImageFiles
from data_tools.folders.nested import Group, NestedReader, add_groups
from data_tools.folders.options import FLATTEN, JOIN
from data_tools.folders.splits import innermost, one_folder_per_split, split_folders
from data_tools.formats.dataset_info import split_named


def list_unlabeled_folder(
    root: Path, known: Collection[str], nested: str | None = None
) -> FolderListing:
    """List the images of one class, named after the root.

    Args:
      root: the folder; no image is decoded.
      known: names in the root that are expected and not images.
      nested: "flatten" to read the images in folders inside the root or its splits too.

    Raises:
      InputError: there is no file, or there are folders.
      UsageError: ``nested`` is "join".
    """
    if nested == JOIN:
        raise UsageError("--nested=join makes labels of folders; not with --unlabeled")
    reader = FolderReader(root)
    label = root.resolve().name
    top = reader.entries("", known)
    splits, notes = {"": ""}, ()
    if top.folders and not top.files and all(map(split_named, top.folders)):
        folders = one_folder_per_split(reader, top.folders)
        splits, notes = split_folders(
            {split: innermost(reader, name) for split, name in folders.items()}
        )
    nested_reader = NestedReader(reader, nested)
    files = ImageFiles()
    for split, folder in splits.items():
        entries = reader.entries(folder) if folder else top
        if entries.folders and nested != FLATTEN:
            raise layout_errors.folders_of_one_class(root, folder, entries.folders)
        groups = [Group((label,), folder, "", entries.files)] if entries.files else []
        for name in entries.folders:
            groups += nested_reader.groups(joined(folder, name), (label,), f"{name}_")
        add_groups(files, label, split, groups)
    if not files:
        raise InputError(f"{root} is empty; --unlabeled expects images in it")
    return FolderListing((label,), tuple(filter(None, splits)), files, reader.unexpected(), notes)
