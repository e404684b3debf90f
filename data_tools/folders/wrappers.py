"""Folders around a data set: archives are often unpacked into folders with nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

from data_tools.folders.entries import (
    DESKTOP_FILES,
    HIDDEN,
    UnexpectedFile,
    has_folders,
    is_image_file,
    visible_entries,
)
from data_tools.formats.dataset_info import DATASET_FILE, split_named


def innermost_folder(
    folder: Path, is_data_set: Callable[[Path], bool], *, unlabeled: bool, is_nested: bool
) -> Path:
    """Return the folder of the data set in a folder: itself, or one that is all it has.

    Args:
      folder: the folder.
      is_data_set: returns whether a folder has a data set that is no folder of images.
      unlabeled: whether folders are not labels.
      is_nested: whether folders inside label folders are expected.
    """
    while True:
        entries = visible_entries(folder)
        if len(entries) != 1 or entries[0].is_symlink() or not entries[0].is_dir():
            return folder
        (inside,) = entries
        if is_data_set(inside) or (inside / DATASET_FILE).is_file():
            return inside
        if split_named(inside.name) or not (unlabeled or _has_labels(inside, is_nested)):
            return folder
        folder = inside


def hidden_around(inside: Path, outer: Path) -> Iterator[UnexpectedFile]:
    """Yield what is hidden in the folders around a data set, by paths relative to the outermost."""
    while inside != outer:
        inside = inside.parent
        for path in sorted(inside.iterdir()):
            if path.name.startswith(".") and path.name not in DESKTOP_FILES:
                yield UnexpectedFile(path.relative_to(outer).as_posix(), HIDDEN)


def _has_labels(folder: Path, is_nested: bool) -> bool:
    """Return whether a folder has label folders, with folders inside one if they are nested."""
    entries = visible_entries(folder)
    folders = [path for path in entries if path.is_dir()]
    if not folders or any(path.is_file() and is_image_file(path) for path in entries):
        return False
    return any(map(has_folders, folders)) if is_nested else True
