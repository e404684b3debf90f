"""Labeled image folders: classes in natural order, image files, and unexpected files."""

import bisect
import os
from array import array
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.files.paths import natural_key
from data_tools.formats.dataset_info import DATASET_FILE, SPLITS
from data_tools.formats.label_lists import LABELS_FILE
from data_tools.formats.manifest import MANIFEST_FILE, TRAINED_ON_FILE

#: Folder of the new data set that ``--on_bad=quarantine`` copies unreadable files into.
QUARANTINE = "_quarantine"
_ROOT_FILES = {MANIFEST_FILE, DATASET_FILE, TRAINED_ON_FILE, LABELS_FILE}
# Created by desktops in every folder that they display.
_DESKTOP_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"}


class ImageFile(NamedTuple):
    """A file where an image is expected: its path relative to the root, its label and split."""

    path: str
    label: str
    split: str


class ImageFiles(Sequence):
    """Image files in order, stored as the bytes of their names.

    As strings, the names of 60,000 images would take a tenth of the memory of a conversion.
    """

    def __init__(self) -> None:
        self._folders: list[tuple[str, str, str, bytes, array]] = []
        self._ends: list[int] = []

    def add_folder(self, prefix: str, label: str, split: str, names: Sequence[str]) -> None:
        """Append the files of one folder; the prefix is its path with a trailing slash."""
        encoded = [os.fsencode(name) for name in names]
        name_ends = array("I", accumulate(map(len, encoded), initial=0))
        self._folders.append((prefix, label, split, b"".join(encoded), name_ends))
        self._ends.append(len(self) + len(names))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> ImageFile:
        index = range(len(self))[index]
        position = bisect.bisect_right(self._ends, index)
        prefix, label, split, names, name_ends = self._folders[position]
        index -= self._ends[position] - len(name_ends) + 1
        name = os.fsdecode(names[name_ends[index] : name_ends[index + 1]])
        return ImageFile(prefix + name, label, split)


class UnexpectedFile(NamedTuple):
    """An entry that is neither a label folder nor an image, and the reason."""

    path: str
    reason: str


class FolderListing(NamedTuple):
    """Content of a labeled image folder.

    Attributes:
      class_names: class names in natural order.
      splits: () if the folder is not split.
      files: image files by split, class and name, all in natural order.
      unexpected_files: everything else.
    """

    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    files: ImageFiles
    unexpected_files: tuple[UnexpectedFile, ...]


def list_labeled_folder(root: Path, dataset_name: str = "") -> FolderListing:
    """List root/<label>/<image> or root/{train,validation,test}/<label>/<image>.

    Args:
      root: the folder; only file names are read, no image is opened.
      dataset_name: name in ``dataset.json``, if there is one; ``<name>.txt`` is then expected.

    Raises:
      InputError: there is no label folder, or one without files.
    """
    unexpected: list[UnexpectedFile] = []
    known = _ROOT_FILES | {f"{name}.txt" for name in (dataset_name, root.name) if name}
    entries = {
        name: is_folder
        for name, is_folder in _entries(root, root, "", unexpected).items()
        if name not in known and name != QUARANTINE
    }
    folders = [name for name, is_folder in entries.items() if is_folder]
    unexpected += [
        UnexpectedFile(name, "is neither a label folder nor an image inside one")
        for name in entries
        if name not in folders
    ]
    if not folders:
        raise InputError(_no_label_folders(root, bool(entries)))
    splits = tuple(split for split in SPLITS if split in folders)
    is_split = len(splits) == len(folders) and all(_has_folders(root / split) for split in splits)
    files = ImageFiles()
    labels: set[str] = set()
    for split in splits if is_split else ("",):
        label_folders = folders
        if split:
            label_folders = _label_folders(root, split, unexpected)
        for label in sorted(label_folders, key=natural_key):
            labels.add(label)
            prefix = f"{split}/{label}/" if split else f"{label}/"
            files.add_folder(prefix, label, split, _image_names(root, prefix, unexpected))
    return FolderListing(
        class_names=tuple(sorted(labels, key=natural_key)),
        splits=splits if is_split else (),
        files=files,
        unexpected_files=tuple(sorted(unexpected)),
    )


def list_unlabeled_folder(root: Path, dataset_name: str = "") -> FolderListing:
    """List root/<image>; all images belong to one class, named after the folder.

    Args:
      root: the folder; only file names are read, no image is opened.
      dataset_name: see ``list_labeled_folder``.

    Raises:
      InputError: there is no file, or there are folders.
    """
    unexpected: list[UnexpectedFile] = []
    label = root.resolve().name
    known = _ROOT_FILES | {f"{name}.txt" for name in (dataset_name, label) if name}
    names = []
    for name, is_folder in _entries(root, root, "", unexpected).items():
        if name in known or name == QUARANTINE:
            continue
        if is_folder:
            raise InputError(f"{root} has folders ({name!r}); remove --unlabeled")
        names.append(name)
    if not names:
        raise InputError(f"{root} is empty; --unlabeled expects images in it")
    files = ImageFiles()
    files.add_folder("", label, "", names)
    return FolderListing((label,), (), files, tuple(sorted(unexpected)))


def _entries(
    root: Path, folder: Path, prefix: str, unexpected: list[UnexpectedFile]
) -> dict[str, bool]:
    """Return the names in a folder, in natural order, and whether each is a folder.

    Entries that are hidden, link outside the root, or are neither file nor folder are added to
    ``unexpected``.
    """
    is_folder = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _DESKTOP_FILES:
                continue
            if entry.name.startswith("."):
                unexpected.append(UnexpectedFile(prefix + entry.name, "is hidden"))
            elif entry.is_symlink() and not _stays_inside(root, Path(entry.path)):
                unexpected.append(
                    UnexpectedFile(prefix + entry.name, "is a symbolic link that leaves the folder")
                )
            elif entry.is_dir():
                is_folder[entry.name] = True
            elif entry.is_file():
                is_folder[entry.name] = False
            else:
                unexpected.append(UnexpectedFile(prefix + entry.name, "is not a regular file"))
    return {name: is_folder[name] for name in sorted(is_folder, key=natural_key)}


def _stays_inside(root: Path, link: Path) -> bool:
    target = link.resolve()
    return target.exists() and target.is_relative_to(root.resolve())


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.is_dir() and not entry.name.startswith(".") for entry in entries)


def _label_folders(root: Path, split: str, unexpected: list[UnexpectedFile]) -> list[str]:
    folders = []
    for name, is_folder in _entries(root, root / split, f"{split}/", unexpected).items():
        if is_folder:
            folders.append(name)
        else:
            unexpected.append(UnexpectedFile(f"{split}/{name}", "is not a label folder"))
    return folders


def _image_names(root: Path, prefix: str, unexpected: list[UnexpectedFile]) -> list[str]:
    entries = _entries(root, root / prefix, prefix, unexpected)
    if not entries:
        raise InputError(
            f"label folder {str(root / prefix)!r} has no images; add some or remove it"
        )
    names = []
    for name, is_folder in entries.items():
        if is_folder:
            unexpected.append(UnexpectedFile(prefix + name, "is a folder inside a label folder"))
        else:
            names.append(name)
    return names


def _no_label_folders(root: Path, has_files: bool) -> str:
    if has_files:
        return (
            f"{root} has no label folders; put the images into one folder per label, "
            "or pass --unlabeled for one class"
        )
    return f"{root} is empty; expected one folder of images per label"
