"""TFRecord files: framing, checksums and the offset of every record.

Format: length (uint64), masked CRC-32C of the length, the record, masked CRC-32C of the record,
all little-endian (TensorFlow's guide "TFRecord and tf.train.Example"). It needs no TensorFlow,
whose import takes longer than the conversion of a small data set.
"""

import os
import struct
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import google_crc32c
import numpy as np

from data_tools.errors import InputError

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
#: What `np.load` raises for a damaged file; TokenError for a header that is no Python.
ARRAY_LOAD_ERRORS = (ValueError, EOFError, OSError, tokenize.TokenError)
_MAX_COPY = 2**30
FRAME_SIZE = _HEADER.size + _CHECKSUM.size


class Record(NamedTuple):
    """One record of a shard: where its frame begins, and its content."""

    offset: int
    data: bytes


def masked_crc(data: bytes) -> int:
    """Returns the CRC-32C of the data, rotated right by 15 bits plus a constant.

    The mask keeps the checksum of data that holds checksums from degenerating.
    """
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def frame_record(data: bytes) -> bytes:
    """Returns the record as it stands in the file."""
    length = struct.pack("<Q", len(data))
    header = length + _CHECKSUM.pack(masked_crc(length))
    return b"".join((header, data, _CHECKSUM.pack(masked_crc(data))))


def read_record(file: BinaryIO, offset: int, name: str) -> bytes | None:
    """Returns the record whose frame begins at an offset, None at the end of the file.

    Raises:
      InputError: if the record is cut short or a checksum does not hold.
    """
    file.seek(offset)
    header = file.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise InputError(f"{name} is cut short at byte {offset}")
    length, length_crc = _HEADER.unpack(header)
    if masked_crc(header[:8]) != length_crc:
        raise InputError(f"{name} is damaged at byte {offset} (checksum of a length)")
    rest = file.read(length + _CHECKSUM.size)
    if len(rest) < length + _CHECKSUM.size:
        raise InputError(f"{name} is cut short at byte {offset}")
    data = rest[:length]
    if masked_crc(data) != _CHECKSUM.unpack(rest[length:])[0]:
        raise InputError(f"{name} is damaged at byte {offset} (checksum of a record)")
    return data


def read_records(shard: Path) -> Iterator[Record]:
    """Yields all records of a shard.

    Raises:
      InputError: if a record is cut short or damaged.
    """
    offset = 0
    with open(shard, "rb") as file:
        while (data := read_record(file, offset, str(shard))) is not None:
            yield Record(offset, data)
            offset += len(data) + FRAME_SIZE


def offsets_file(shard: Path) -> Path:
    """Returns the file beside a shard that holds the offsets of its records."""
    return shard.with_name(shard.name + ".offsets.npy")


def read_offsets(shard: Path) -> np.ndarray:
    """Returns int64 [num_records], the byte at which each record of a shard begins.

    They come from the file beside the shard, or from the shard itself where there is none.

    Raises:
      InputError: if either is damaged.
    """
    file = offsets_file(shard)
    if not file.is_file():
        return np.array([record.offset for record in read_records(shard)], np.int64)
    try:
        offsets = np.load(file, allow_pickle=False)
    except ARRAY_LOAD_ERRORS as error:
        raise InputError(f"{file} is damaged ({error}); convert again") from None
    size = shard.stat().st_size
    if offsets.dtype != np.int64 or offsets.ndim != 1 or (offsets < 0).any():
        raise InputError(f"{file} is damaged; convert again")
    if len(offsets) and offsets.max() + FRAME_SIZE > size:
        raise InputError(f"{file} does not fit {shard.name}; convert again")
    return offsets


class ShardWriter:
    """Writes one shard and, beside it, the offsets of its records."""

    def __init__(self, shard: Path):
        """Opens the shard for writing."""
        self._shard = shard
        self._file = open(shard, "wb")
        self._offsets: list[int] = []
        self.num_bytes = 0

    def __enter__(self) -> "ShardWriter":
        """Returns itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the shard and, if nothing went wrong, writes the offsets."""
        self._file.close()
        if exception[0] is None:
            np.save(offsets_file(self._shard), np.array(self._offsets, np.int64))

    def write(self, frame: bytes) -> None:
        """Appends one record that `frame_record` has made."""
        self._offsets.append(self.num_bytes)
        self._file.write(frame)
        self.num_bytes += len(frame)

    def write_file(self, frames: Path, lengths: Sequence[int]) -> None:
        """Appends the records in a file of frames, each of which has one of the lengths."""
        self._file.flush()
        with open(frames, "rb") as file:
            copied = 0
            # Inside the kernel: the bytes do not pass through this process.
            while count := os.sendfile(self._file.fileno(), file.fileno(), copied, _MAX_COPY):
                copied += count
        for length in lengths:
            self._offsets.append(self.num_bytes)
            self.num_bytes += length

    @property
    def num_records(self) -> int:
        """Records written so far."""
        return len(self._offsets)
