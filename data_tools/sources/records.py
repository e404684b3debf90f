"""A folder of TFRecords in the layout of TensorFlow Datasets, with or without our manifest."""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import SPLITS, read_dataset_info
from data_tools.formats.example_proto import decode_example
from data_tools.formats.images import decode_in_thread, encode_png, to_uint8
from data_tools.formats.manifest import MANIFEST_FILE, REAL, ImageRecord, read_trained_on
from data_tools.formats.record_keys import RecordKeys
from data_tools.formats.tfds_layout import Layout, read_layout, shard_name, version_folder
from data_tools.formats.tfrecord import read_offsets, read_record
from data_tools.sources.source import (
    Example,
    LazyExamples,
    ManifestExamples,
    Source,
    read_checked_manifest,
)


@dataclass(frozen=True, slots=True)
class RecordLoader:
    """Loader of the image in a record.

    Attributes:
      shard: path of the shard.
      offset: byte at which the record begins.
      keys: how the record is read.
      number: number of the record in its shard, from 0.
    """

    shard: str
    offset: int
    keys: RecordKeys
    number: int

    def __call__(self) -> bytes:
        """Return the encoded image; raw pixels are encoded as PNG."""
        features = self.features()
        image = self._image(features)
        if self.keys.raw_dtype is None:
            return image
        return encode_png(self._raw_pixels(image, features))

    def features(self) -> dict[str, bytes | int]:
        """Read all features of the record."""
        with open(self.shard, "rb") as file:
            record = read_record(file, self.offset, self.shard)
        return decode_example(record or b"", self.name)

    def pixels(self, record: bytes) -> np.ndarray:
        """Return uint8 pixels [height, width, channels] of the record's bytes."""
        features = decode_example(record, self.name)
        image = self._image(features)
        if self.keys.raw_dtype is None:
            return to_uint8(decode_in_thread(image, self.name).array)
        return to_uint8(self._raw_pixels(image, features))

    @property
    def name(self) -> str:
        """Name of the record in error messages."""
        return f"record {self.number} of {self.shard}, at byte {self.offset},"

    def _image(self, features: dict) -> bytes:
        image = features.get(self.keys.image)
        if not isinstance(image, bytes):
            raise InputError(f"{self.name} has no feature {self.keys.image!r}")
        return image

    def _raw_pixels(self, image: bytes, features: dict) -> np.ndarray:
        try:
            shape = tuple(int(features[key]) for key in self.keys.size)
            return np.frombuffer(image, self.keys.raw_dtype).reshape(shape)
        except (KeyError, ValueError) as error:
            raise InputError(
                f"{self.name} does not contain an image of the stated size ({error})"
            ) from None


class RecordLoaders(Sequence):
    """Loaders of the records in some shards, stored as offsets.

    Args:
      keys: see ``RecordLoader``.
    """

    def __init__(self, keys: RecordKeys):
        self._keys = keys
        self._shards: list[tuple[str, np.ndarray]] = []
        self._ends: list[int] = []

    def add_shard(self, shard: str, offsets: np.ndarray) -> None:
        """Append the records of a shard, which begin at the offsets int64 [num_records]."""
        self._shards.append((shard, offsets))
        self._ends.append(len(self) + len(offsets))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> RecordLoader:
        index = range(len(self))[index]
        position = bisect.bisect_right(self._ends, index)
        shard, offsets = self._shards[position]
        number = index - self._ends[position] + len(offsets)
        return RecordLoader(shard, int(offsets[number]), self._keys, number)


def matches(spec: str, folder: Path | None) -> bool:
    """Return whether the folder, or a version folder in it, has the metadata of TFDS."""
    return folder is not None and version_folder(folder) is not None


def open_spec(spec: str, folder: Path, unlabeled: bool) -> Source:
    """Open the shards; paths, groups and origins come from our manifest if there is one.

    Raises:
      InputError: the data set is damaged or incomplete.
    """
    folder = version_folder(folder)
    layout = read_layout(folder)
    info = read_dataset_info(folder)
    if info is None or not (folder / MANIFEST_FILE).is_file():
        return _source_without_manifest(spec, folder, layout)
    manifest, split_ids = read_checked_manifest(spec, folder, info)
    loaders = _loaders(folder, layout, layout.splits)
    if len(loaders) != len(manifest):
        raise InputError(
            f"{folder}: the manifest lists {len(manifest)} images, the shards have "
            f"{len(loaders)}; see data_tools verify"
        )
    make = ManifestExamples(
        manifest, partial(_loader_of, loaders), loads_as_hashed=not layout.is_raw
    )
    examples = LazyExamples(make, range(len(manifest)))
    trained_on = tuple(read_trained_on(folder))
    return Source(
        spec=spec,
        name=info.name,
        class_names=info.classes,
        splits=info.splits,
        examples=examples,
        trained_on=trained_on,
        folder=folder,
        split_ids=split_ids,
        shape=info.common_shape,
    )


def record_keys(layout: Layout) -> RecordKeys:
    """Return how records of a layout are read."""
    return RecordKeys(layout.image_key, layout.dtype if layout.is_raw else None)


def shard_paths(folder: Path, layout: Layout, split: str) -> list[Path]:
    """Return the shards of one split in order."""
    num_shards = len(layout.splits[split].shard_lengths)
    return [
        folder / shard_name(layout.name, split, index, num_shards) for index in range(num_shards)
    ]


def _loader_of(loaders: RecordLoaders, index: int, record: ImageRecord) -> RecordLoader:
    return loaders[index]


def _loaders(folder: Path, layout: Layout, splits: Iterable[str]) -> RecordLoaders:
    loaders = RecordLoaders(record_keys(layout))
    for split in splits:
        lengths = layout.splits[split].shard_lengths
        for shard, length in zip(shard_paths(folder, layout, split), lengths, strict=True):
            if not shard.is_file():
                raise InputError(f"{shard} is missing; convert again")
            offsets = read_offsets(shard)
            if len(offsets) != length:
                raise InputError(
                    f"{shard} has {len(offsets)} records instead of {length}; convert again"
                )
            loaders.add_shard(str(shard.resolve()), offsets)
    return loaders


def _source_without_manifest(spec: str, folder: Path, layout: Layout) -> Source:
    """Open a source with labels from the records and numbered image names."""
    splits = tuple(split for split in SPLITS if split in layout.splits)
    if not splits:
        raise InputError(f"{folder} has none of the splits {', '.join(SPLITS)}")
    examples = []
    for split in splits:
        for index, load in enumerate(_loaders(folder, layout, [split])):
            features = load.features()
            image, label_id = features.get(layout.image_key), features.get(layout.label_key)
            if not isinstance(image, bytes) or not isinstance(label_id, int):
                raise InputError(f"{load.shard} has a record without image or label")
            if not 0 <= label_id < len(layout.class_names):
                raise InputError(f"{load.shard} has a record with label {label_id}")
            label = layout.class_names[label_id]
            suffix = ".jpg" if image.startswith(b"\xff\xd8") else ".png"
            path = f"{split}/{label}/{index:06d}{suffix}"
            examples.append(Example(path, label, split, None, REAL, load))
    return Source(spec, layout.name, layout.class_names, splits, examples, folder=folder)
