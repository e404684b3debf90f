"""TFRecord files: framing, checksums and record offsets.

Format: length (uint64), masked CRC-32C of the length, the record, masked CRC-32C of the record,
all little-endian (TensorFlow guide "TFRecord and tf.train.Example"). TensorFlow is not needed: its
import takes longer than the conversion of a small data set.
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
from data_tools.files.file_systems import open_file

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK_DELTA = 0xA282EAD8
#: Raised by ``np.load`` for damaged files; TokenError for a header that is not Python.
ARRAY_LOAD_ERRORS = (ValueError, EOFError, OSError, tokenize.TokenError)
_MAX_COPY = 2**30
OFFSETS_SUFFIX = ".offsets.npy"
FRAME_SIZE = _HEADER.size + _CHECKSUM.size


class Record(NamedTuple):
    """One record of a shard: the offset of its frame, and its content."""

    offset: int
    data: bytes


def masked_crc(data: bytes) -> int:
    """Return the CRC-32C of the data, rotated right by 15 bits plus a constant.

    The mask keeps checksums over data that contains checksums from degenerating.
    """
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def frame_record(data: bytes) -> bytes:
    """Return the record with its length and checksums, as in the file."""
    length = struct.pack("<Q", len(data))
    header = length + _CHECKSUM.pack(masked_crc(length))
    return b"".join((header, data, _CHECKSUM.pack(masked_crc(data))))


def is_header(data: bytes) -> bool:
    """Return whether the data begins with the length of a record and its checksum."""
    if len(data) < _HEADER.size:
        return False
    return masked_crc(data[:8]) == _HEADER.unpack(data[: _HEADER.size])[1]


def read_record(file: BinaryIO, offset: int, name: str) -> bytes | None:
    """Read the record whose frame begins at an offset; None at the end of the file.

    Args:
      file: open for reading.
      offset: offset in bytes.
      name: name of the file in error messages.

    Raises:
      InputError: the record is truncated or a checksum does not match.
    """
    file.seek(offset)
    header = file.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise InputError(f"{name} is truncated at byte {offset}")
    length, _ = _HEADER.unpack(header)
    if not is_header(header):
        raise InputError(f"{name} is damaged at byte {offset} (checksum of a length)")
    rest = file.read(length + _CHECKSUM.size)
    if len(rest) < length + _CHECKSUM.size:
        raise InputError(f"{name} is truncated at byte {offset}")
    data = rest[:length]
    if masked_crc(data) != _CHECKSUM.unpack(rest[length:])[0]:
        raise InputError(f"{name} is damaged at byte {offset} (checksum of a record)")
    return data


def read_records(shard: Path | str, name: str = "") -> Iterator[Record]:
    """Yield all records of a shard.

    Args:
      shard: its path or URL.
      name: name in error messages; "" for the path.

    Raises:
      InputError: the shard cannot be read, or a record is truncated or damaged.
    """
    offset = 0
    with open_file(str(shard)) as file:
        while (data := read_record(file, offset, name or str(shard))) is not None:
            yield Record(offset, data)
            offset += len(data) + FRAME_SIZE


def offsets_file(shard: Path) -> Path:
    """Return the file next to a shard with the offsets of its records."""
    return shard.with_name(shard.name + OFFSETS_SUFFIX)


def read_offsets(shard: str, size: int, file: Path) -> np.ndarray:
    """Read int64 [num_records], the byte at which each record of a shard begins.

    Args:
      shard: path or URL of the shard, which is scanned if there is no file of offsets.
      size: bytes of the shard.
      file: file of the offsets; see ``offsets_file``.

    Raises:
      InputError: the file or the shard is damaged.
    """
    if not file.is_file():
        return np.array([record.offset for record in read_records(shard)], np.int64)
    try:
        # Not mapped into memory: numpy keeps a file open for each map, and shards may be thousands.
        offsets = np.load(file, allow_pickle=False)
    except ARRAY_LOAD_ERRORS as error:
        raise InputError(f"{file} is damaged ({error}); convert again") from None
    if offsets.dtype != np.int64 or offsets.ndim != 1 or (offsets < 0).any():
        raise InputError(f"{file} is damaged; convert again")
    if len(offsets) and offsets.max() + FRAME_SIZE > size:
        raise InputError(f"{file} does not match its shard; convert again")
    return offsets


class ShardWriter:
    """Writer of one shard and of the file of its record offsets."""

    def __init__(self, shard: Path):
        self._shard = shard
        self._file = open(shard, "wb")
        self._offsets: list[int] = []
        self.num_bytes = 0

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
        if exception[0] is None:  # A damaged shard gets no offsets.
            np.save(offsets_file(self._shard), np.array(self._offsets, np.int64))

    def write(self, frame: bytes) -> None:
        """Append one record; see ``frame_record``."""
        self._offsets.append(self.num_bytes)
        self._file.write(frame)
        self.num_bytes += len(frame)

    def write_file(self, frames: Path, lengths: Sequence[int]) -> None:
        """Append the records in a file of frames that have these lengths."""
        self._file.flush()
        with open(frames, "rb") as file:
            copied = 0
            # Copied by the kernel: the bytes do not pass through this process.
            while count := os.sendfile(self._file.fileno(), file.fileno(), copied, _MAX_COPY):
                copied += count
        for length in lengths:
            self._offsets.append(self.num_bytes)
            self.num_bytes += length

    @property
    def num_records(self) -> int:
        """Number of records written so far."""
        return len(self._offsets)
