"""``FolderListing``, the images in a folder with their labels and splits."""

import bisect
import os
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from data_tools.folders.entries import UnexpectedFile, joined
from data_tools.formats.dataset_info import DATASET_FILE
from data_tools.formats.label_lists import LABELS_FILE
from data_tools.formats.manifest import MANIFEST_FILE, TRAINED_ON_FILE

#: Folder of the new data set that ``--on_bad=quarantine`` copies unreadable files into.
QUARANTINE = "_quarantine"


class ImageFile(NamedTuple):
    """A file where an image is expected.

    Attributes:
      path: path of the image in its data set, with forward slashes; unique.
      label: class name.
      split: "" if the folder is not split.
      file: path of the file relative to the root; it differs from ``path`` where the folders are
        not named or nested as labels and splits are.
    """

    path: str
    label: str
    split: str
    file: str


class _Folder(NamedTuple):
    """Files of one folder: their names as bytes, and how they are named in the data set."""

    path: str
    label: str
    split: str
    names: bytes
    name_ends: array
    prefix: str
    new_names: Mapping[int, str]


class ImageFiles(Sequence):
    """Image files in order, stored as the bytes of their names.

    As strings, the names of 60,000 images would take a tenth of the memory of a conversion.
    """

    def __init__(self) -> None:
        self._folders: list[_Folder] = []
        self._ends: list[int] = []

    def add_folder(
        self,
        path: str,
        label: str,
        split: str,
        names: Sequence[str],
        *,
        prefix: str = "",
        new_names: Mapping[int, str] | None = None,
    ) -> None:
        """Append the files of one folder.

        Args:
          path: relative path of the folder.
          label: their label.
          split: their split.
          names: names of the files.
          prefix: what precedes the names in the data set.
          new_names: names in the data set by position, where they are others.
        """
        encoded = [os.fsencode(name) for name in names]
        name_ends = array("I", accumulate(map(len, encoded), initial=0))
        self._folders.append(
            _Folder(path, label, split, b"".join(encoded), name_ends, prefix, new_names or {})
        )
        self._ends.append(len(self) + len(names))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> ImageFile:
        index = range(len(self))[index]
        position = bisect.bisect_right(self._ends, index)
        path, label, split, names, name_ends, prefix, new_names = self._folders[position]
        index -= self._ends[position] - len(name_ends) + 1
        name = os.fsdecode(names[name_ends[index] : name_ends[index + 1]])
        new_name = new_names.get(index, prefix + name)
        return ImageFile(joined(split, label, new_name), label, split, joined(path, name))


class FolderListing(NamedTuple):
    """Content of a folder of images.

    Attributes:
      class_names: class names in natural order.
      splits: () if the folder is not split.
      files: image files by split, class and name, all in natural order.
      unexpected_files: everything else.
      notes: lines that say how names were read.
    """

    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    files: ImageFiles
    unexpected_files: tuple[UnexpectedFile, ...]
    notes: tuple[str, ...] = ()


def expected_names(*dataset_names: str) -> set[str]:
    """Return the names in a root that are neither labels nor images, for names of its data set."""
    lists = {f"{name}.txt" for name in dataset_names if name}
    return {MANIFEST_FILE, DATASET_FILE, TRAINED_ON_FILE, LABELS_FILE, QUARANTINE, *lists}
