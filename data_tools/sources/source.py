"""`Example`, one labeled image not yet read, and `Source`, an ordered collection of them."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import DATASET_FILE, DatasetInfo, Fingerprint
from data_tools.formats.image_folder import UnexpectedFile
from data_tools.formats.images import bytes_sha256, decode, encode_png, to_uint8
from data_tools.formats.manifest import ImageRecord, Manifest, TrainedOnImage, read_manifest


@dataclass(frozen=True, slots=True)
class ArrayLoader:
    """Encodes one image that is in memory as PNG.

    Attributes:
      array: uint8 [height, width].
    """

    array: np.ndarray

    def __call__(self) -> bytes:
        """Returns the PNG."""
        return encode_png(self.array[..., np.newaxis])


@dataclass(frozen=True, slots=True)
class Example:
    """One labeled image, not yet read.

    Attributes:
      path: unique in its source, relative, with forward slashes; begins with the split if there
        is one.
      label: class name.
      split: "" in a source that is not split.
      group: images of one group belong on one side of a split; None if it has none.
      origin: "real", or "synthetic:<run name>@<checkpoint hash>".
      load: gives the encoded bytes; picklable.
      sha256: of the encoded bytes, if the source's manifest tells.
      history: the operations that led here (see `ImageRecord`).
    """

    path: str
    label: str
    split: str
    group: str | None
    origin: str
    load: Callable[[], bytes]
    sha256: str | None = None
    history: tuple[Mapping[str, Any], ...] = ()

    def read(self) -> bytes:
        """Returns the encoded image.

        Raises:
          InputError: if it cannot be read or is not what the manifest promises.
        """
        try:
            data = self.load()
        except OSError as error:
            raise InputError(f"{self.path!r} cannot be read: {error.strerror}") from None
        if self.sha256 is not None and bytes_sha256(data) != self.sha256:
            raise InputError(f"{self.path!r} has changed since its manifest was written")
        return data

    def content_sha256(self, data: bytes | None = None) -> str:
        """Returns the hash of the encoded bytes: the manifest's, or where none tells, of `data`.

        Args:
          data: what `read` has given; None reads the image where need be.

        Raises:
          InputError: if it has to be read and cannot be.
        """
        return self.sha256 or bytes_sha256(self.read() if data is None else data)

    def as_trained_on(self, sha256: str, pixels_sha256: str) -> TrainedOnImage:
        """Returns what this image is known by, beside the hashes of its bytes and its pixels."""
        original = next((step["sha256"] for step in self.history if "sha256" in step), None)
        return TrainedOnImage(sha256, pixels_sha256, self.path, self.group, original)

    def decode(self, data: bytes) -> np.ndarray:
        """Returns the uint8 pixels [height, width, channels] of what `read` has given.

        Channels are 1, 3 or 4; EXIF is applied, 16-bit gray is rescaled to 8 bits.

        Raises:
          InputError: if it is not a whole image.
        """
        if isinstance(self.load, ArrayLoader):  # What was encoded a moment ago.
            return self.load.array[..., np.newaxis]
        return to_uint8(decode(data, self.path))

    def pixels(self) -> np.ndarray:
        """Returns the pixels as `decode` does.

        Raises:
          InputError: if the file cannot be read or is not a whole image.
        """
        return self.decode(self.read())


class LazyExamples(Sequence):
    """LazyExamples that are made when they are asked for, so that a long list costs no memory."""

    def __init__(self, make: Callable[[int], Example], indexes: Sequence[int]):
        """Lists `make(index)` for each of the indexes; `make` must be picklable."""
        self._make = make
        self._indexes = indexes

    def __len__(self) -> int:
        """Returns the number of examples."""
        return len(self._indexes)

    def __getitem__(self, position: int) -> Example:
        """Returns one example."""
        return self._make(int(self._indexes[position]))


@dataclass(frozen=True, slots=True)
class RecordedExample:
    """Makes an example out of the line of a manifest by its number; picklable.

    Attributes:
      lines: of the manifest.
      load_of: gives what loads the image of a numbered line.
      loads_as_hashed: False where what is loaded is not what the manifest has the hash of (raw
        pixels, which are loaded as PNG).
    """

    lines: Manifest
    load_of: Callable[[int, ImageRecord], Callable[[], bytes]]
    loads_as_hashed: bool = True

    def __call__(self, index: int) -> Example:
        """Returns the example as the manifest has it."""
        record = self.lines[index]
        return Example(
            path=record.path,
            label=record.label,
            split=record.split,
            group=record.group,
            origin=record.origin,
            load=self.load_of(index, record),
            sha256=record.sha256 if self.loads_as_hashed else None,
            history=record.history,
        )


def read_checked_manifest(
    spec: str, folder: Path, info: DatasetInfo, visit: Callable[[ImageRecord], None] | None = None
) -> tuple[Manifest, array]:
    """Returns the manifest's lines and the position of each one's split, -1 for none.

    Args:
      spec: what the user calls the data set.
      folder: of the manifest.
      info: that belongs to it.
      visit: called with each record on the way.

    Raises:
      InputError: if a line is damaged or has a label that the info does not know.
    """
    classes = set(info.classes)
    numbers = {split: number for number, split in enumerate(info.splits)}
    split_ids = array("b")

    def check(record: ImageRecord) -> None:
        if record.label not in classes:
            raise InputError(
                f"{spec}: {record.path!r} has label {record.label!r}, which {DATASET_FILE} does "
                "not know; convert again"
            )
        split_ids.append(numbers.get(record.split, -1))
        if visit is not None:
            visit(record)

    return read_manifest(folder, check), split_ids


@dataclass(frozen=True)
class Source:
    """A data set that can be read.

    Attributes:
      spec: what it was opened by.
      name: of the data set.
      class_names: a label's id is its position.
      splits: () if the source is not split.
      examples: in an order that depends on the content alone.
      unexpected_files: what was found in the folder and is no image.
      trained_on: the real images that the generator of a synthetic data set saw.
      folder: where it stands, None if it stands nowhere.
      split_ids: int8 [num_examples], positions in `splits`, where they are known without a look at
        the examples; -1 for none.
    """

    spec: str
    name: str
    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    examples: Sequence[Example]
    unexpected_files: tuple[UnexpectedFile, ...] = ()
    trained_on: tuple[TrainedOnImage, ...] = ()
    folder: Path | None = None
    split_ids: Sequence[int] | None = None

    def select(self, split: str) -> "Source":
        """Returns the images of one split; the class names stay.

        Raises:
          InputError: if there is no such split.
        """
        if split not in self.splits:
            raise InputError(_no_split(self, split))
        if self.split_ids is None:
            held = np.fromiter((e.split == split for e in self.examples), bool, len(self.examples))
        else:
            held = np.asarray(self.split_ids) == self.splits.index(split)
        examples = LazyExamples(self.examples.__getitem__, np.flatnonzero(held))
        return replace(self, splits=(split,), examples=examples, split_ids=None)

    @cached_property
    def fingerprint(self) -> str:
        """The `Fingerprint` of all images; reads those whose hash no manifest tells."""
        fingerprint = Fingerprint()
        for example in self.examples:
            fingerprint.add(example.path, example.label, example.content_sha256())
        return fingerprint.hexdigest()


def split_or_all(source: Source, split: str) -> Source:
    """Returns that split of a split source, and an unsplit source as it is.

    Raises:
      InputError: if the source is split but has none of that name.
    """
    return source.select(split) if source.splits else source


def _no_split(source: Source, split: str) -> str:
    if not source.splits:
        return f"{source.spec} is not split; divide it with --op=split_dataset"
    return f"{source.spec} has no split {split!r}, only {', '.join(source.splits)}"
