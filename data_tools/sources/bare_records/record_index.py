"""One pass over records without a manifest, and what it keeps of each: a few bytes."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.files.paths import natural_key
from data_tools.formats.dataset_info import SPLITS
from data_tools.formats.example_proto import Value, decode_example, decode_features
from data_tools.formats.manifest import REAL
from data_tools.formats.record_keys import RecordKeys, RecordSchema
from data_tools.formats.tfds_layout import Shard
from data_tools.formats.tfrecord import read_records
from data_tools.progress import progress_bar
from data_tools.sources.bare_records.record_names import PathHashes, image_path, name_in, text_in
from data_tools.sources.bare_records.schemas import listing
from data_tools.sources.record_loaders import RecordLoaders
from data_tools.sources.source import Example, LazyExamples

_JPEG = b"\xff\xd8"
#: The label of all records whose images are read as one class.
NO_LABEL = ""


class RecordFile(NamedTuple):
    """A file of records.

    Attributes:
      path: path or URL as the user knows it, for error messages.
      stored: path or URL of the uncompressed records.
      split: "" if the records are not split.
      num_records: number of its records, None if it is not known.
    """

    path: str
    stored: str
    split: str
    num_records: int | None = None


@dataclass(frozen=True)
class RecordIndex:
    """The records of some files, in their order.

    Attributes:
      schema: keys of the parts of a record.
      loaders: loaders of the images.
      splits: () if the records are not split.
      split_ids: int8 [num_records], ascending positions in ``splits`` (-1: none).
      labels: the labels that occur, numbers by value, text in natural order.
      label_ids: int32 [num_records], positions in ``labels``.
      texts: the class name of each label that is a number, if the records have both.
      are_jpegs: int8 [num_records], 1 for a JPEG.
      new_names: names by index of the record, where an earlier image has the same path.
    """

    schema: RecordSchema
    loaders: RecordLoaders
    splits: tuple[str, ...]
    split_ids: np.ndarray
    labels: tuple[int | str, ...]
    label_ids: np.ndarray
    texts: Mapping[int, str]
    are_jpegs: np.ndarray
    new_names: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label_ids)

    def examples(self, class_names: Sequence[str]) -> LazyExamples:
        """Return all examples; see ``example``."""
        return LazyExamples(partial(self.example, class_names=class_names), range(len(self)))

    def example(self, index: int, class_names: Sequence[str]) -> Example:
        """Return the example of a record, which is read only if it has a name or a group.

        Args:
          index: index of the record.
          class_names: the class name of each of ``labels``.
        """
        load = self.loaders(index)
        features = load.features() if self.schema.name or self.schema.group else {}
        name = self.new_names.get(index) or name_in(features, self.schema.name)
        split_id = self.split_ids[index]
        if not name:
            name = _numbered(index - int(np.searchsorted(self.split_ids, split_id)))
        label = class_names[self.label_ids[index]]
        split = self.splits[split_id] if self.splits else ""
        path = image_path(split, label, name, bool(self.are_jpegs[index]))
        group = text_in(features, self.schema.group) or None
        return Example(path, label, split, group, REAL, load)


def index_records(
    files: Sequence[RecordFile], schema: RecordSchema, keys: RecordKeys
) -> RecordIndex:
    """Read all records once; the files are in the order of ``SPLITS``.

    Raises:
      InputError: a file is damaged or has another number of records than it should, or a record
        has not one image and one label.
    """
    splits = tuple(split for split in SPLITS if any(file.split == split for file in files))
    loaders, labels, paths = RecordLoaders(keys), _Labels(schema), PathHashes()
    split_ids, are_jpegs = array("b"), array("b")
    numbers = dict.fromkeys(("", *splits), 0)
    with progress_bar("reading records", None) as bar:
        for file in files:
            offsets = array("q")
            split_id = splits.index(file.split) if splits else -1
            for offset, data in read_records(file.stored, file.path):
                where = f"the record at byte {offset} of {file.path}"
                features = decode_example(data, where)
                try:
                    is_jpeg = _image(features, schema.image).startswith(_JPEG)
                    label = labels.add(features)
                except ValueError as error:
                    contents = listing(decode_features(data, where))
                    raise InputError(
                        f"{where} {error}; it has {contents}; to leave out this file, name the "
                        "others by a pattern"
                    ) from None
                if schema.name is not None:
                    name = name_in(features, schema.name) or _numbered(numbers[file.split])
                    paths.add(image_path(file.split, label, name, is_jpeg))
                offsets.append(offset)
                split_ids.append(split_id)
                are_jpegs.append(is_jpeg)
                numbers[file.split] += 1
                bar.update()
            first = len(split_ids) - len(offsets)
            expected = len(offsets) if file.num_records is None else file.num_records
            shard = Shard(file.path, file.split, first, expected)
            loaders.add_shard(shard, file.stored, np.array(offsets, np.int64))
    names, label_ids = labels.in_order()
    index = RecordIndex(
        schema=schema,
        loaders=loaders,
        splits=splits,
        split_ids=np.array(split_ids),
        labels=names,
        label_ids=label_ids,
        texts=labels.texts,
        are_jpegs=np.array(are_jpegs),
    )
    texts = [str(label) for label in names]
    return replace(
        index, new_names=paths.new_names(lambda number: index.example(number, texts).path)
    )


class _Labels:
    """Label of each record, numbered as they first occur."""

    def __init__(self, schema: RecordSchema):
        self._schema = schema
        self._positions: dict[int | str, int] = {}
        self._sequence = array("i")
        self.texts: dict[int, str] = {}

    def add(self, features: Mapping[str, Value]) -> str:
        """Append the label in a record and return it as text.

        Raises:
          ValueError: the record has not one label of the kind of the others.
        """
        label = NO_LABEL if self._schema.label is None else _label(features, self._schema.label)
        position = self._positions.setdefault(label, len(self._positions))
        if position and type(label) is not type(next(iter(self._positions))):
            raise ValueError(f"has the label {label!r}, where others have numbers or text")
        if self._schema.text is not None:
            text = str(_label(features, self._schema.text))
            known = self.texts.setdefault(label, text)
            if known != text:
                raise ValueError(f"names label {label} {text!r}, an earlier one {known!r}")
        self._sequence.append(position)
        return str(label)

    def in_order(self) -> tuple[tuple[int | str, ...], np.ndarray]:
        """Return the labels in order, and int32 [num_records], the position of each record's."""
        are_text = any(isinstance(label, str) for label in self._positions)
        labels = tuple(sorted(self._positions, key=natural_key if are_text else None))
        new_positions = {label: number for number, label in enumerate(labels)}
        ranks = np.array([new_positions[label] for label in self._positions], np.int32)
        return labels, ranks[np.array(self._sequence, np.int32)]


def _image(features: Mapping[str, Value], key: str) -> bytes:
    image = features.get(key)
    if not isinstance(image, bytes):
        raise ValueError(f"has not one image under {key!r}")
    return image


def _label(features: Mapping[str, Value], key: str) -> int | str:
    label = features.get(key)
    if isinstance(label, int):
        if label < 0:
            raise ValueError(f"has label {label} under {key!r}, which is no class")
        return label
    try:
        text = (label or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"has a label under {key!r} that is not UTF-8") from None
    if not text:
        raise ValueError(f"has not one number or text under {key!r}")
    return text


def _numbered(number: int) -> str:
    return f"{number:06d}"
