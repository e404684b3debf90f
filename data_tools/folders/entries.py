"""What is in the folders of a data set: folders, files, and what is unexpected."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from data_tools.files.paths import natural_key

#: Created by desktops in every folder that they display.
DESKTOP_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"}
#: Why a hidden entry is unexpected.
HIDDEN = "is hidden"
# Those of ``formats.images``, as they are usually written.
_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".tif", ".tiff", ".bmp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2"),
)
_FIRST_BYTES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")


class UnexpectedFile(NamedTuple):
    """An entry that is neither a label folder nor an image, and the reason."""

    path: str
    reason: str


class Entries(NamedTuple):
    """Names of the folders and of the files in a folder, in natural order."""

    folders: list[str]
    files: list[str]


class FolderReader:
    """Reads folders below a root by their relative paths.

    Attributes:
      root: the root.
    """

    def __init__(self, root: Path):
        self.root = root
        self._unexpected: dict[str, str] = {}

    def entries(self, path: str = "", leave_out: Collection[str] = ()) -> Entries:
        """Return the entries of a folder ("" for the root).

        Those that are hidden, link to nothing, out of the root or to a folder that they lie in, or
        are neither file nor folder are unexpected.
        """
        found = Entries([], [])
        with os.scandir(self.root / path) as entries:
            for entry in entries:
                if entry.name in DESKTOP_FILES or entry.name in leave_out:
                    continue
                if problem := self._problem(entry):
                    self.add_unexpected(joined(path, entry.name), problem)
                else:
                    (found.folders if entry.is_dir() else found.files).append(entry.name)
        for names in found:
            names.sort(key=natural_key)
        return found

    def add_unexpected(self, path: str, reason: str) -> None:
        """Add an entry that belongs to no label."""
        self._unexpected[path] = reason

    def unexpected(self, folder: str = "") -> tuple[UnexpectedFile, ...]:
        """Return what is unexpected below a folder, sorted by path."""
        start = f"{folder}/" if folder else ""
        files = (UnexpectedFile(*item) for item in self._unexpected.items())
        return tuple(sorted(file for file in files if file.path.startswith(start)))

    def is_link(self, path: str) -> bool:
        """Return whether an entry is a symbolic link."""
        return (self.root / path).is_symlink()

    def _problem(self, entry: os.DirEntry) -> str | None:
        if entry.name.startswith("."):
            return HIDDEN
        if entry.is_symlink():
            try:
                target = Path(entry.path).resolve(strict=True)
            except FileNotFoundError:
                return "is a symbolic link to nothing"
            except (OSError, RuntimeError):  # Until Python 3.13, a loop is a RuntimeError.
                return "is a symbolic link in a circle"
            if not target.is_relative_to(self.root.resolve()):
                return "is a symbolic link that leaves the folder"
            if Path(entry.path).parent.resolve().is_relative_to(target):
                return "is a symbolic link to a folder that it lies in"
        if not entry.is_dir() and not entry.is_file():
            return "is not a regular file"
        return None


def joined(*parts: str) -> str:
    """Return a relative path from parts, of which "" adds nothing."""
    return "/".join(part for part in parts if part)


def is_image_file(file: Path) -> bool:
    """Return whether a file is meant as an image, by its suffix or its first bytes."""
    if file.suffix.lower() in _SUFFIXES:
        return True
    try:
        with open(file, "rb") as stream:
            return stream.read(8).startswith(_FIRST_BYTES)
    except OSError:
        return False


def image_files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that are meant as images, except hidden ones."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_visible(name))
        for name in sorted(filter(_is_visible, files)):
            if is_image_file(Path(parent, name)):
                yield Path(parent, name)


def visible_entries(folder: Path) -> list[Path]:
    """Return the entries of a folder, sorted, without hidden ones and those of desktops."""
    return sorted(path for path in folder.iterdir() if _is_visible(path.name))


def has_folders(folder: Path) -> bool:
    """Return whether a folder has folders that are not hidden."""
    return any(path.is_dir() for path in visible_entries(folder))


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name not in DESKTOP_FILES
