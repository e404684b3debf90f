"""Blocks of neighboring images of a source, read together, for data that exceeds memory."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

import numpy as np

from data_tools.errors import InputError
from data_tools.files.file_systems import open_file
from data_tools.formats.images import decode_in_thread, to_uint8
from data_tools.formats.tfrecord import read_record
from data_tools.sources.record_loaders import RecordLoader
from data_tools.sources.source import Example


class StoredImage(Protocol):
    """An image that is read but not yet decoded."""

    @property
    def name(self) -> str:
        """Name in error messages."""

    def pixels(self) -> np.ndarray:
        """Return uint8 pixels [height, width, channels] like ``Example.pixels``, in any thread.

        Raises:
          InputError: the image is damaged.
        """


class Blocks(Protocol):
    """Reader of neighboring images by their indices in the source."""

    def __call__(self, numbers: range) -> Sequence[StoredImage]:
        """Return these images.

        Raises:
          InputError: they cannot be read.
        """


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record and its loader."""

    data: bytes
    loader: RecordLoader

    @property
    def name(self) -> str:
        """Name in error messages."""
        return self.loader.name

    def pixels(self) -> np.ndarray:
        """Decode the pixels."""
        return self.loader.pixels(self.data)


class RecordBlocks:
    """Reader of neighboring records in one pass; stores a few bytes per record."""

    def __init__(self) -> None:
        self._shards: dict[RecordLoader, int] = {}
        self._shard_ids = array("i")
        self._offsets = array("q")

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, record: RecordLoader) -> None:
        """Append a record, which gets the next index."""
        shard = replace(record, offset=0, number=0)
        self._shard_ids.append(self._shards.setdefault(shard, len(self._shards)))
        self._offsets.append(record.offset)

    def __call__(self, numbers: range) -> list[StoredRecord]:
        """Read records and check their checksums."""
        shards = list(self._shards)
        records = []
        for shard_id, members in groupby(numbers, key=self._shard_ids.__getitem__):
            shard = shards[shard_id]
            with open_file(shard.shard) as file:
                for number in members:
                    offset = self._offsets[number]
                    data = read_record(file, offset, shard.shard)
                    if data is None:
                        raise InputError(f"{shard.shard} is truncated at byte {offset}")
                    records.append(StoredRecord(data, replace(shard, offset=offset)))
        return records


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An encoded image."""

    data: bytes
    name: str

    def pixels(self) -> np.ndarray:
        """Decode the pixels."""
        return to_uint8(decode_in_thread(self.data, self.name).array)


@dataclass(frozen=True, slots=True)
class ExampleBlocks:
    """Reader of the images of any source, one by one."""

    examples: Sequence[Example]

    def __call__(self, numbers: range) -> list[StoredFile]:
        """Read images."""
        examples = [self.examples[number] for number in numbers]
        return [StoredFile(example.read(), example.path) for example in examples]
