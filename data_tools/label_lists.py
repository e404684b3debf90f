"""Document B's two text files: `<name>.txt`, an image and its label a line, and `labels.txt`.

B's script (appendix, `merge_datasets` and `slice_dataset`) writes absolute paths and shuffles them
unseeded; here they are relative and in an order of their hashes.
"""

from pathlib import Path

from data_tools.card import Card
from data_tools.folders import LABELS_FILE
from data_tools.images import bytes_sha256
from data_tools.manifest import read_manifest


def write_label_lists(manifest_folder: Path, folder: Path, card: Card) -> None:
    """Writes both files.

    Of a split data set only the images of `train` are listed: the list is what others train on.

    Args:
      manifest_folder: where the manifest stands.
      folder: where the two files go.
      card: of the data set.
    """
    listed_split = "train" if card.splits else ""
    lines = [
        f"{_one_line(record.path)} {_one_line(record.label)}\n"
        for record in read_manifest(manifest_folder)
        if record.split == listed_split
    ]
    lines.sort(key=lambda line: bytes_sha256(line.encode("utf-8", "surrogateescape")))
    _write(folder / f"{card.name}.txt", lines)
    _write(folder / LABELS_FILE, [f"{_one_line(label)}\n" for label in card.classes])


def _write(file: Path, lines: list[str]) -> None:
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.writelines(lines)


def _one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
