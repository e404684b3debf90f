"""Metadata that lets TensorFlow Datasets open a folder of shards without code.

Layout: <name>/<version>/ with ``dataset_info.json``, ``features.json`` and ``label.labels.txt``
next to the shards (guide of TFDS, "Loading external tfrecord with TFDS").
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.files.paths import natural_key
from data_tools.formats.dataset_info import DATASET_FILE

VERSION = "1.0.0"
INFO_FILE = "dataset_info.json"
FEATURES_FILE = "features.json"
_VERSION_FOLDER = re.compile(r"\d+\.\d+\.\d+")
_TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"
_PYTHON = "tensorflow_datasets.core.features"


class ShardedSplit(NamedTuple):
    """Shards of one split: the number of records in each, and their total size in bytes."""

    shard_lengths: tuple[int, ...]
    num_bytes: int


class Shard(NamedTuple):
    """A shard of a data set.

    Attributes:
      name: name of the file.
      split: name of the split.
      first_record: index of its first record in the data set.
      num_records: number of its records.
    """

    name: str
    split: str
    first_record: int
    num_records: int

    @property
    def records(self) -> range:
        """Indices of its records in the data set."""
        return range(self.first_record, self.first_record + self.num_records)


class Layout(NamedTuple):
    """Metadata of an image classification data set in the layout of TFDS.

    Attributes:
      name: name of the data set.
      splits: shards of each split.
      class_names: class names in the order of their label ids.
      shape: (height, width, channels), each None if it varies.
      dtype: "uint8" or "uint16".
      is_raw: True if pixels are stored raw, not as PNG or JPEG.
      image_key: feature with the image.
      label_key: feature with the label.
    """

    name: str
    splits: Mapping[str, ShardedSplit]
    class_names: tuple[str, ...]
    shape: tuple[int | None, ...]
    dtype: str = "uint8"
    is_raw: bool = False
    image_key: str = "image"
    label_key: str = "label"

    @property
    def num_records(self) -> int:
        """Number of records in all shards."""
        return sum(sum(split.shard_lengths) for split in self.splits.values())

    def shards(self) -> Iterator[Shard]:
        """Yield the shards in the order of their records."""
        first_record = 0
        for split, (lengths, _) in self.splits.items():
            for index, length in enumerate(lengths):
                name = shard_name(self.name, split, index, len(lengths))
                yield Shard(name, split, first_record, length)
                first_record += length


def record_indices(shards: Sequence[Shard]) -> Sequence[int]:
    """Return the indices of the shards' records in the data set; a range if possible."""
    ranges = [shard.records for shard in shards] or [range(0)]
    if all(one.stop == other.start for one, other in pairwise(ranges)):
        return range(ranges[0].start, ranges[-1].stop)
    return np.concatenate(ranges)


def tfds_name(name: str) -> str:
    """Return the name as TFDS accepts it: letters, digits and underscores, a letter first.

    >>> tfds_name("flowers-64")
    'flowers_64'
    """
    cleaned = re.sub(r"\W", "_", name, flags=re.ASCII) or "data"
    return cleaned if cleaned[0].isalpha() else f"data_{cleaned}"


def shard_name(name: str, split: str, shard: int, num_shards: int) -> str:
    """Return the file name of a shard.

    >>> shard_name("digits", "train", 0, 2)
    'digits-train.tfrecord-00000-of-00002'
    """
    return f"{name}-{split}.tfrecord-{shard:05d}-of-{num_shards:05d}"


def version_folder(folder: Path) -> Path | None:
    """Return the folder with the metadata: this one or its newest version, or None."""
    if (folder / INFO_FILE).is_file():
        return folder
    versions = (folder / name for name in newest_first(os.listdir(folder)))
    return next((version for version in versions if (version / INFO_FILE).is_file()), None)


def newest_first(names: Iterable[str]) -> list[str]:
    """Return the names that are versions, the newest first.

    >>> newest_first(["1.9.0", "1.10.0", "notes"])
    ['1.10.0', '1.9.0']
    """
    return sorted(filter(_VERSION_FOLDER.fullmatch, names), key=natural_key, reverse=True)


def write_layout(folder: Path, layout: Layout, description: str) -> None:
    """Write the three metadata files into the folder of the shards."""
    splits = [
        {
            "filepathTemplate": _TEMPLATE,
            "name": name,
            "numBytes": str(split.num_bytes),
            "shardLengths": [str(length) for length in split.shard_lengths],
        }
        for name, split in layout.splits.items()
    ]
    info = {
        "description": description,
        "fileFormat": "tfrecord",
        "name": layout.name,
        "splits": splits,
        "supervisedKeys": {
            "tuple": {"items": [{"featureKey": layout.image_key}, {"featureKey": layout.label_key}]}
        },
        "version": VERSION,
    }
    _write_json(folder / INFO_FILE, info)
    _write_json(folder / FEATURES_FILE, _features(layout))
    names = "".join(f"{name}\n" for name in layout.class_names)
    (folder / f"{layout.label_key}.labels.txt").write_text(names, encoding="utf-8")


def read_layout(folder: Path) -> Layout:
    """Read the metadata in a folder of shards.

    Raises:
      InputError: it is damaged, or does not describe labeled images in TFRecords.
    """
    info = _read_json(folder / INFO_FILE)
    features = _read_json(folder / FEATURES_FILE)
    try:
        if info.get("fileFormat", "tfrecord") != "tfrecord":
            raise InputError(f"{folder} has {info['fileFormat']} files; only tfrecord is supported")
        by_name = features["featuresDict"]["features"]
        image_key, image = _only_feature(folder, by_name, ("image", "tensor"), "image_feature")
        label_key, label = _only_feature(folder, by_name, ("classLabel",), "class_label_feature")
        dimensions = image["shape"]["dimensions"]
        return Layout(
            name=info["name"],
            splits={
                split["name"]: ShardedSplit(
                    tuple(int(length) for length in split["shardLengths"]),
                    int(split.get("numBytes", 0)),
                )
                for split in info["splits"]
            },
            class_names=_class_names(folder, label_key, label),
            shape=tuple(None if int(size) < 0 else int(size) for size in dimensions),
            dtype=image.get("dtype", "uint8"),
            is_raw=image.get("encoding") == "bytes",
            image_key=image_key,
            label_key=label_key,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise InputError(
            f"{folder} lacks metadata ({type(error).__name__}: {error}); convert again"
        ) from None


def _class_names(folder: Path, label_key: str, label: Mapping) -> tuple[str, ...]:
    """Return the class names; numbers if TFDS has only their number, as for MNIST."""
    file = folder / f"{label_key}.labels.txt"
    # Our own records always have the file.
    if not file.exists() and not (folder / DATASET_FILE).exists():
        return tuple(map(str, range(int(label["numClasses"]))))
    return tuple(file.read_text(encoding="utf-8").removesuffix("\n").split("\n"))


def _only_feature(
    folder: Path, features: Mapping, fields: Sequence[str], kind: str
) -> tuple[str, Mapping]:
    """Return the key and description of the only feature of a kind.

    Args:
      folder: folder of the data set, for the error message.
      features: descriptions by key.
      fields: one of which a feature of the kind has.
      kind: part of the Python class of the feature; one with the key "image" always matches.

    Raises:
      InputError: there is none, or more than one.
    """
    matching = [
        (key, feature[field])
        for key, feature in sorted(features.items())
        for field in fields
        if field in feature and (kind in feature["pythonClassName"] or key == "image")
    ]
    if len(matching) != 1:
        wanted = kind.removesuffix("_feature").replace("_", " ")
        raise InputError(
            f"{folder} has {len(matching)} features of kind {wanted}; exactly 1 is supported"
        )
    return matching[0]


def _features(layout: Layout) -> dict:
    dimensions = [str(-1 if size is None else size) for size in layout.shape]
    if layout.is_raw:
        image = _tensor(layout.dtype, {"dimensions": dimensions}, "bytes")
    else:
        image = {
            "pythonClassName": f"{_PYTHON}.image_feature.Image",
            "image": {"dtype": layout.dtype, "shape": {"dimensions": dimensions}},
        }
    label = {
        "pythonClassName": f"{_PYTHON}.class_label_feature.ClassLabel",
        "classLabel": {"numClasses": str(len(layout.class_names))},
    }
    text = {"pythonClassName": f"{_PYTHON}.text_feature.Text", "text": {}}
    features = {
        layout.image_key: image,
        layout.label_key: label,
        "height": _tensor("int64"),
        "width": _tensor("int64"),
        "channels": _tensor("int64"),
        "filename": text,
        "group": text,
        "synthetic": _tensor("bool"),
    }
    return {
        "pythonClassName": f"{_PYTHON}.features_dict.FeaturesDict",
        "featuresDict": {"features": features},
    }


def _tensor(dtype: str, shape: Mapping | None = None, encoding: str = "none") -> dict:
    return {
        "pythonClassName": f"{_PYTHON}.tensor_feature.Tensor",
        "tensor": {"dtype": dtype, "encoding": encoding, "shape": shape or {}},
    }


def _write_json(file: Path, content: Mapping) -> None:
    file.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _read_json(file: Path) -> dict:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file} is missing; convert again") from None
    except ValueError as error:
        raise InputError(f"{file} is damaged ({error}); convert again") from None
    if not isinstance(content, dict):
        raise InputError(f"{file} is damaged; convert again")
    return content
