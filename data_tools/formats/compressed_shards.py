"""TFRecord files compressed as a whole (GZIP or ZLIB), which TensorFlow reads and writes.

A record inside compressed bytes has no offset at which reading could begin. Such a file is
therefore unpacked once, into a temporary folder that is removed when the process that opened it
ends; its workers read the unpacked records.
"""

import functools
import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote, open_file, temporary_folder
from data_tools.formats.tfrecord import is_header

_GZIP = b"\x1f\x8b"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_CHUNK_SIZE = 2**20


def unpacked_shard(shard: str) -> str:
    """Return the path of the uncompressed records of a shard: its own, or that of a temporary file.

    Args:
      shard: path or URL.

    Raises:
      InputError: the shard cannot be read, or its compressed bytes are damaged or truncated.
    """
    with open_file(shard) as file:
        file.seek(0)
        if not _is_compressed(file.read(16)):
            return shard
    state = None if is_remote(shard) else os.stat(shard)
    return _unpack(shard, state and (state.st_mtime_ns, state.st_size))


def _is_compressed(start: bytes) -> bool:
    if len(start) < 2 or is_header(start):  # The bytes of a length may look like a magic number.
        return False
    # RFC 1950, section 2.2: method 8, and a checksum over the two bytes.
    is_zlib = start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    return start.startswith(_GZIP) or is_zlib


@functools.cache
def _unpack(shard: str, version: object) -> str:
    """Unpack a shard; what tells versions of the file apart makes it be unpacked again."""
    records = temporary_folder() / os.path.basename(shard)
    with open_file(shard) as file, open(records, "wb") as stream:
        stream.writelines(_inflated(file, shard))
    return str(records)


def _inflated(file: BinaryIO, shard: str) -> Iterator[bytes]:
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    num_read = 0
    file.seek(0)
    while chunk := file.read(_CHUNK_SIZE):
        num_read += len(chunk)
        while chunk:
            try:
                yield inflate.decompress(chunk)
            except zlib.error as error:
                raise InputError(
                    f"{shard} is damaged before byte {num_read} ({error}); copy it again"
                ) from None
            chunk = inflate.unused_data
            if inflate.eof and chunk:  # Concatenated files are one file.
                inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    if not inflate.eof:
        raise InputError(f"{shard} is truncated at byte {num_read}; copy it again")
