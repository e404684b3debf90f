"""Neighboring images of a source, read together: what a reader of larger data takes."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import BinaryIO, Protocol

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.images import decode_in_thread, to_uint8
from data_tools.formats.tfrecord import read_record
from data_tools.sources.records import RecordLoader
from data_tools.sources.source import Example


class StoredImage(Protocol):
    """An image that has been read and not yet decoded."""

    @property
    def name(self) -> str:
        """What an error message calls it."""

    def pixels(self) -> np.ndarray:
        """Returns uint8 pixels [height, width, channels], as `Example.pixels`, in any thread.

        Raises:
          InputError: if it is damaged.
        """


class Blocks(Protocol):
    """Reads neighbors, by their numbers in the source."""

    def __call__(self, numbers: range) -> Sequence[StoredImage]:
        """Returns those images.

        Raises:
          InputError: if they cannot be read.
        """


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record, and what knows how to read it."""

    data: bytes
    location: RecordLoader

    @property
    def name(self) -> str:
        """Its place in its shard."""
        return self.location.name

    def pixels(self) -> np.ndarray:
        """Returns the pixels."""
        return self.location.pixels(self.data)


class RecordBlocks:
    """Records, of which neighbors are read in one go; knows each by a few bytes."""

    def __init__(self) -> None:
        """Begins with no record."""
        self._shards: dict[RecordLoader, int] = {}
        self._shard_ids = array("i")
        self._offsets = array("q")

    def __len__(self) -> int:
        """Returns the number of records."""
        return len(self._offsets)

    def append(self, record: RecordLoader) -> None:
        """Gives one more record the next number."""
        shard = replace(record, offset=0)
        self._shard_ids.append(self._shards.setdefault(shard, len(self._shards)))
        self._offsets.append(record.offset)

    def __call__(self, numbers: range) -> list[StoredRecord]:
        """Returns the records, whose checksums hold."""
        shards = list(self._shards)
        found = []
        for shard_id, members in groupby(numbers, key=self._shard_ids.__getitem__):
            shard = shards[shard_id]
            with _opened(shard.shard) as file:
                for number in members:
                    offset = self._offsets[number]
                    data = read_record(file, offset, shard.shard)
                    if data is None:
                        raise InputError(f"{shard.shard} is cut short at byte {offset}")
                    location = RecordLoader(shard.shard, offset, shard.image_key, shard.raw_dtype)
                    found.append(StoredRecord(data, location))
        return found


def _opened(shard: str) -> BinaryIO:
    try:
        return open(shard, "rb")
    except OSError as error:
        raise InputError(f"{shard} cannot be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An encoded image."""

    data: bytes
    name: str

    def pixels(self) -> np.ndarray:
        """Returns the pixels."""
        return to_uint8(decode_in_thread(self.data, self.name).array)


@dataclass(frozen=True, slots=True)
class ExampleBlocks:
    """Images of any source, read one by one."""

    examples: Sequence[Example]

    def __call__(self, numbers: range) -> list[StoredFile]:
        """Returns the images."""
        examples = [self.examples[number] for number in numbers]
        return [StoredFile(example.read(), example.path) for example in examples]
