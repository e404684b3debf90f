"""``Example``, a labeled image that is read on demand, and ``Source``, an ordered set of them."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.errors import InputError
from data_tools.folders.entries import UnexpectedFile
from data_tools.formats.dataset_info import DATASET_FILE, DatasetInfo, Fingerprint
from data_tools.formats.images import bytes_sha256, decode, encode_png
from data_tools.formats.manifest import ImageRecord, Manifest, TrainedOnImage, read_manifest
from data_tools.formats.pixel_modes import to_uint8


@dataclass(frozen=True, slots=True)
class ArrayLoader:
    """Loader of an image in memory, as PNG.

    Attributes:
      array: uint8 [height, width].
    """

    array: np.ndarray

    def __call__(self) -> bytes:
        """Return the PNG."""
        return encode_png(self.array[..., np.newaxis])


@dataclass(frozen=True, slots=True)
class Example:
    """A labeled image that is read on demand.

    Attributes:
      path: unique in its source, relative, with forward slashes; starts with the split if there
        is one.
      label: class name.
      split: "" in a source that is not split.
      group: images of one group belong in one split; None if the image has no group.
      origin: ``real``, or ``synthetic:<run name>@<checkpoint hash>``.
      load: returns the encoded bytes; picklable.
      sha256: hash of the encoded bytes, if the manifest of the source has it.
      history: operations that produced the image (see ``ImageRecord``).
      pixels_sha256: hash of ``pixels()``, if the manifest of the source has it.
      file: path of its file in the folder of the source, if that is not ``path``.
    """

    path: str
    label: str
    split: str
    group: str | None
    origin: str
    load: Callable[[], bytes]
    sha256: str | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    pixels_sha256: str | None = None
    file: str | None = None

    @property
    def source_path(self) -> str:
        """The path by which the source knows the image, for messages, tables and its history."""
        return self.file or self.path

    def read(self) -> bytes:
        """Return the encoded image.

        Raises:
          InputError: it cannot be read or does not match the manifest.
        """
        try:
            data = self.load()
        except OSError as error:
            raise InputError(f"{self.source_path!r} cannot be read: {error.strerror}") from None
        if self.sha256 is not None and bytes_sha256(data) != self.sha256:
            raise InputError(f"{self.source_path!r} has changed since its manifest was written")
        return data

    def content_sha256(self, data: bytes | None = None) -> str:
        """Return the hash of the encoded bytes, from the manifest if it has one.

        Args:
          data: returned by ``read``; None reads the image if necessary.

        Raises:
          InputError: the image has to be read and cannot be.
        """
        return self.sha256 or bytes_sha256(self.read() if data is None else data)

    def as_trained_on(self, sha256: str, pixels_sha256: str) -> TrainedOnImage:
        """Return the image's entry in ``trained_on.jsonl``, with the hashes of bytes and pixels."""
        original = next((step["sha256"] for step in self.history if "sha256" in step), None)
        return TrainedOnImage(sha256, pixels_sha256, self.path, self.group, original)

    def decode(self, data: bytes) -> np.ndarray:
        """Return uint8 pixels [height, width, channels] of the encoded image that was read.

        There are 1, 3 or 4 channels; EXIF orientation is applied, 16-bit gray rescaled to 8 bits.

        Raises:
          InputError: the image is damaged.
        """
        if isinstance(self.load, ArrayLoader):  # Decoding the PNG would give this array again.
            return self.load.array[..., np.newaxis]
        return to_uint8(decode(data, self.source_path))

    def pixels(self) -> np.ndarray:
        """Read and decode the image; see ``decode``.

        Raises:
          InputError: the image cannot be read or is damaged.
        """
        return self.decode(self.read())


class LazyExamples(Sequence):
    """Examples that are created on access, so that a long list takes no memory.

    Args:
      make: returns the example of an index; picklable.
      indices: indices of the examples.
    """

    def __init__(self, make: Callable[[int], Example], indices: Sequence[int]):
        self._make = make
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, position: int) -> Example:
        return self._make(int(self._indices[position]))


@dataclass(frozen=True, slots=True)
class ManifestExamples:
    """Examples of a manifest by line index, for ``LazyExamples``.

    Attributes:
      manifest: manifest of the data set.
      loader_of: returns the loader of an image from its line index and record; picklable.
      loads_as_hashed: False if the loader does not return the bytes that the manifest hashes
        (raw pixels are loaded as PNG).
    """

    manifest: Manifest
    loader_of: Callable[[int, ImageRecord], Callable[[], bytes]]
    loads_as_hashed: bool = True

    def __call__(self, index: int) -> Example:
        """Return the example of a line."""
        record = self.manifest[index]
        return Example(
            path=record.path,
            label=record.label,
            split=record.split,
            group=record.group,
            origin=record.origin,
            load=self.loader_of(index, record),
            sha256=record.sha256 if self.loads_as_hashed else None,
            history=record.history,
            pixels_sha256=record.pixels_sha256,
        )


def read_checked_manifest(
    spec: str,
    folder: Path,
    info: DatasetInfo,
    visit: Callable[[ImageRecord], None] | None = None,
) -> tuple[Manifest, array]:
    """Return the manifest and, for each line, the position of its split in ``info`` (-1: none).

    Args:
      spec: spec of the data set, in error messages.
      folder: folder of the manifest.
      info: content of ``dataset.json``.
      visit: called with each record while the lines are checked.

    Raises:
      InputError: a line is damaged or has a label that is not in ``info``.
    """
    classes = set(info.classes)
    positions = {split: position for position, split in enumerate(info.splits)}
    split_ids = array("b")

    def check(record: ImageRecord) -> None:
        if record.label not in classes:
            raise InputError(
                f"{spec}: {record.path!r} has label {record.label!r}, which is not in "
                f"{DATASET_FILE}; convert again"
            )
        split_ids.append(positions.get(record.split, -1))
        if visit is not None:
            visit(record)

    return read_manifest(folder, check), split_ids


@dataclass(frozen=True)
class Source:
    """An open data set.

    Attributes:
      spec: spec that opened it.
      name: name of the data set.
      class_names: the position of a name is its label id.
      splits: () if the source is not split.
      examples: images in an order that depends only on the content.
      unexpected_files: files in its folder that are not images of the data set.
      trained_on: real images that the generator of a synthetic data set was trained on.
      folder: folder of the data set, None if it has none.
      split_ids: int8 [num_examples], positions in ``splits`` (-1: none), if they are known without
        reading the examples.
      shape: [height, width, channels] of all images; None if they differ or it is not recorded.
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
    shape: tuple[int, int, int] | None = None

    def select(self, split: str) -> "Source":
        """Return the images of one split; class names stay the same.

        Raises:
          InputError: there is no such split.
        """
        if split not in self.splits:
            raise InputError(_no_split(self, split))
        if self.split_ids is None:
            is_selected = np.fromiter(
                (example.split == split for example in self.examples), bool, len(self.examples)
            )
        else:
            is_selected = np.asarray(self.split_ids) == self.splits.index(split)
        examples = LazyExamples(self.examples.__getitem__, _indices(is_selected))
        return replace(self, splits=(split,), examples=examples, split_ids=None)

    @cached_property
    def fingerprint(self) -> str:
        """``Fingerprint`` of all images; reads those without a hash in the manifest."""
        fingerprint = Fingerprint()
        for example in self.examples:
            fingerprint.add(example.path, example.label, example.content_sha256())
        return fingerprint.hexdigest()


def split_or_all(source: Source, split: str) -> Source:
    """Return the given split of a split source, or all of a source that is not split.

    Raises:
      InputError: the source is split but has no such split.
    """
    return source.select(split) if source.splits else source


def _indices(is_selected: np.ndarray) -> Sequence[int]:
    """Return the indices of the selected images, as a range if they are neighbors."""
    first, count = int(is_selected.argmax()), int(np.count_nonzero(is_selected))
    if is_selected[first : first + count].all():
        return range(first, first + count)
    return np.flatnonzero(is_selected)


def _no_split(source: Source, split: str) -> str:
    if not source.splits:
        return f"{source.spec} is not split; divide it with --op=split_dataset"
    return f"{source.spec} has no split {split!r}, only {', '.join(source.splits)}"
