"""[Baker2018]'s two text files: `<name>.txt`, an image and its label a line, and `labels.txt`.

B's script (appendix, `merge_datasets` and `slice_dataset`) writes absolute paths and shuffles them
unseeded; here they are relative and in the order of their hashes.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from data_tools.formats.image_folder import LABELS_FILE
from data_tools.formats.images import bytes_sha256


class Listed(Protocol):
    """An image that can be listed."""

    path: str
    label: str
    split: str


def write_label_lists(
    folder: Path, name: str, class_names: Sequence[str], images: Iterable[Listed]
) -> None:
    """Writes both files.

    Of a split data set only the images of `train` are listed: the list is what others train on.

    Args:
      folder: where the files go.
      name: of the data set.
      class_names: in the order of their label ids.
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
