"""[Baker2018]'s text files: ``<name>.txt``, an image and its label per line, and ``labels.txt``.

Deviations from [Baker2018] (appendix, ``merge_datasets`` and ``slice_dataset``), which writes
absolute paths and shuffles them without a seed: paths are relative and ordered by the hashes of
their lines.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from data_tools.formats.images import bytes_sha256

LABELS_FILE = "labels.txt"


class ListedImage(Protocol):
    """Fields of an image that the lists contain."""

    path: str
    label: str
    split: str


def write_label_lists(
    folder: Path, name: str, class_names: Sequence[str], images: Iterable[ListedImage]
) -> None:
    """Write both files.

    Only the ``train`` images of a split data set are listed, because other tools train on the list.

    Args:
      folder: destination.
      name: name of the data set.
      class_names: class names in the order of their label ids.
      images: all images of the data set.
    """
    lines = [
        f"{_one_line(image.path)} {_one_line(image.label)}\n"
        for image in images
        if image.split in ("", "train")
    ]
    lines.sort(key=lambda line: bytes_sha256(line.encode("utf-8", "surrogateescape")))
    _write(folder / f"{name}.txt", lines)
    _write(folder / LABELS_FILE, [f"{_one_line(label)}\n" for label in class_names])


def _write(file: Path, lines: list[str]) -> None:
    with open(file, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
        stream.writelines(lines)


def _one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
