"""Provenance of every image of a data set.

``manifest.jsonl`` has one line per image, ``dataset.json`` describes the whole, and
``trained_on.jsonl`` (synthetic data sets only) lists the real images that the generator was trained
on.
"""

import json
import os
from array import array
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.formats.dataset_info import (
    DatasetInfo,
    Tally,
    info_from_tally,
    unreadable,
    write_dataset_info,
)

MANIFEST_FILE = "manifest.jsonl"
TRAINED_ON_FILE = "trained_on.jsonl"
REAL = "real"
#: What an image was seen as that is in ``trained_on.jsonl`` but was not trained on with its label.
UNLABELED, VALIDATION = "unlabeled", "validation"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One line of the manifest.

    Attributes:
      path: path in the data set: unique, relative, with forward slashes.
      label: class name.
      sha256: hash of the encoded bytes.
      origin: ``real``, or ``synthetic:<run name>@<checkpoint hash>``.
      group: images of one group (lesion, patient) belong in one split.
      split: "" in a data set that is not split.
      history: operations that produced the image, oldest first, each a JSON object with
        ``operation``, ``arguments``, ``source`` (name of the data set), ``path`` and ``sha256``
        (both before the operation).
      pixels_sha256: ``images.pixels_sha256`` of the decoded pixels as uint8; None in manifests
        written before it was recorded.
    """

    path: str
    label: str
    sha256: str
    origin: str = REAL
    group: str | None = None
    split: str = ""
    history: tuple[Mapping[str, Any], ...] = ()
    pixels_sha256: str | None = None

    def to_json(self) -> str:
        """Return the record as one line of JSON, without a line break."""
        pixels = {} if self.pixels_sha256 is None else {"pixels_sha256": self.pixels_sha256}
        return json.dumps(
            {
                "path": self.path,
                "label": self.label,
                "sha256": self.sha256,
                **pixels,
                "origin": self.origin,
                "group": self.group,
                "split": self.split,
                "history": self.history,
            }
        )


@dataclass(frozen=True, slots=True)
class TrainedOnImage:
    """A real image that a generator was trained on, or chosen by.

    Attributes:
      sha256: hash of the encoded bytes.
      pixels_sha256: hash of the decoded pixels.
      path: see ``ImageRecord``; None if stripped.
      group: see ``ImageRecord``; None if stripped.
      original_sha256: hash of the original file, before any operation; None if the image is that
        file or has no history.
      seen_as: ``UNLABELED`` for an image that was trained on without its label, ``VALIDATION`` for
        one that checkpoints were chosen by; None for an image that was trained on with its label.
    """

    sha256: str
    pixels_sha256: str
    path: str | None = None
    group: str | None = None
    original_sha256: str | None = None
    seen_as: str | None = None

    @property
    def first_sha256(self) -> str:
        """Hash that all images derived from one file share."""
        return self.original_sha256 or self.sha256

    def anonymized(self) -> "TrainedOnImage":
        """Return the entry without path and group."""
        return replace(self, path=None, group=None)

    def to_json(self) -> str:
        """Return the entry as one line of JSON, without a line break and without what is None."""
        entries = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps({name: value for name, value in entries.items() if value is not None})


def write_manifest(
    folder: Path | str,
    *,
    name: str,
    class_names: Sequence[str],
    records: Iterable[ImageRecord],
    arguments: Mapping[str, Any],
    shape: Sequence[int] | None = None,
    trained_on: Iterable[TrainedOnImage] = (),
) -> DatasetInfo:
    """Write the manifest and ``dataset.json`` of images that are already in a folder.

    Args:
      folder: root of the data set.
      name: name of the data set.
      class_names: class names in the order of their label ids.
      records: one per image.
      arguments: arguments of the command; no times, no machine-specific paths.
      shape: [height, width, channels] if all images share it.
      trained_on: real images that the generator of a synthetic data set was trained on.
    """
    folder = Path(folder)
    tally = Tally()
    with open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest:
        for record in records:
            tally.add(record, shape)
            manifest.write(record.to_json() + "\n")
    info = info_from_tally(tally, name=name, class_names=class_names, arguments=arguments)
    write_dataset_info(folder, info)
    write_trained_on(folder, trained_on)
    return info


class Manifest(Sequence):
    """The records of a manifest, each parsed on access.

    60,000 parsed records take 60 MB, their offsets half a megabyte.

    Args:
      file: the manifest; every line is checked once.
      visit: called with each record while the lines are checked.

    Raises:
      InputError: a line is not a record.
    """

    def __init__(self, file: Path, visit: Callable[[ImageRecord], None] | None = None):
        self._file = str(file)
        offsets = array("q", [0])
        with open(file, "rb") as lines:
            for number, line in enumerate(lines, 1):
                record = _parsed(line, f"{file}, line {number}")
                if visit is not None:
                    visit(record)
                offsets.append(offsets[-1] + len(line))
        self._offsets = offsets
        self._descriptor: int | None = None

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, index: int) -> ImageRecord:
        index = range(len(self))[index]
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDONLY)
        start = self._offsets[index]
        line = os.pread(self._descriptor, self._offsets[index + 1] - start, start)
        return _parsed(line, self._file)

    def __getstate__(self) -> dict:
        # Each process opens the file itself.
        return {**self.__dict__, "_descriptor": None}

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # A default, as the module may be gone when the interpreter ends.
        if getattr(self, "_descriptor", None) is not None:
            close(self._descriptor)


def read_manifest(
    folder: Path | str, visit: Callable[[ImageRecord], None] | None = None
) -> Manifest:
    """Open the manifest of the data set in a folder; see ``Manifest``.

    Raises:
      InputError: a line is not a record.
      FileNotFoundError: the folder has no manifest.
    """
    return Manifest(Path(folder) / MANIFEST_FILE, visit)


def _parsed(line: bytes, where: str) -> ImageRecord:
    content = None
    try:
        content = json.loads(line)
        content["history"] = tuple(content.get("history", ()))
        return ImageRecord(**content)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise unreadable(where, ImageRecord, content, error) from None


def write_trained_on(folder: Path | str, images: Iterable[TrainedOnImage]) -> None:
    """Write ``trained_on.jsonl``, one line per distinct image; no file if there are none.

    Millions of images take 8 bytes of memory each, unless they are listed repeatedly.
    """
    file = Path(folder) / TRAINED_ON_FILE
    partial = file.with_name(f".{file.name}.partial")
    hashes = array("q")
    try:
        with open(partial, "w", encoding="utf-8") as lines:
            for image in images:
                line = image.to_json() + "\n"
                hashes.append(hash(line))
                lines.write(line)
        values, counts = np.unique(np.array(hashes), return_counts=True)
        repeated = set(values[counts > 1].tolist())
        if repeated:
            _copy_distinct_lines(partial, file, repeated)
        elif hashes:
            os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def _copy_distinct_lines(source: Path, dest: Path, repeated: Container[int]) -> None:
    """Copy lines, of equal ones the first; only those whose hash is in ``repeated`` may be."""
    seen = set()
    with open(source, encoding="utf-8") as lines, open(dest, "w", encoding="utf-8") as distinct:
        for line in lines:
            if hash(line) in repeated:
                if line in seen:
                    continue
                seen.add(line)
            distinct.write(line)


def read_trained_on(folder: Path | str) -> list[TrainedOnImage]:
    """Read the real images that a data set's generator was trained on; [] without the file.

    Raises:
      InputError: a line is damaged.
    """
    file = Path(folder) / TRAINED_ON_FILE
    if not file.exists():
        return []
    images = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        content = None
        try:
            content = json.loads(line)
            images.append(TrainedOnImage(**content))
        except (ValueError, TypeError) as error:
            where = f"{file}, line {number}"
            raise unreadable(where, TrainedOnImage, content, error) from None
    return images
