"""``RecordFolder``, the folder of a data set's shards, on this machine or on another."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote, list_files, local_copy
from data_tools.files.locations import find_folder
from data_tools.formats.tfds_layout import INFO_FILE, newest_first, version_folder
from data_tools.formats.tfrecord import OFFSETS_SUFFIX, read_offsets

#: Names of the files that describe shards; of a remote folder only these are copied.
_METADATA = ("*.json", "*.jsonl", "*.txt", f"*{OFFSETS_SUFFIX}")


class RecordFolder(NamedTuple):
    """A folder of TFRecords and of the files that describe them.

    Attributes:
      address: its path or URL.
      metadata: local folder with the files that are not shards: itself, or a copy.
      sizes: bytes of each file in it, by name; None for a folder in it.
    """

    address: str
    metadata: Path
    sizes: Mapping[str, int | None]

    def shard_path(self, name: str) -> str:
        """Return the path of a shard as ``open_file`` and TensorFlow read it."""
        if is_remote(self.address):
            return f"{self.address}/{name}"
        return str((self.metadata / name).resolve())

    def read_offsets(self, name: str) -> np.ndarray:
        """Read the offsets of a shard; see ``data_tools.formats.tfrecord.read_offsets``."""
        file = self.metadata / (name + OFFSETS_SUFFIX)
        return read_offsets(self.shard_path(name), self.sizes[name], file)

    @property
    def local(self) -> Path | None:
        """The folder if it is on this machine, by its path or a ``file://`` URL, else None."""
        if is_remote(self.address):
            scheme, _, path = self.address.partition("://")
            return Path(path) if scheme == "file" else None
        return self.metadata

    @contextmanager
    def naming_address(self) -> Iterator[None]:
        """Name the folder in errors of the block, which may have read the copy."""
        try:
            yield
        except InputError as error:
            raise InputError(str(error).replace(str(self.metadata), self.address)) from None


def find_record_folder(spec: str) -> RecordFolder | None:
    """Return the folder that a path or URL names, None if it is local and has no TFRecords.

    Raises:
      InputError: there is no such folder, or it is remote and has no TFRecords.
    """
    if is_remote(spec):
        return remote_record_folder(spec)
    folder = version_folder(find_folder(spec))
    return None if folder is None else local_record_folder(folder)


def local_record_folder(folder: Path) -> RecordFolder:
    """Return a folder of this machine."""
    with os.scandir(folder) as entries:
        sizes = {entry.name: entry.stat().st_size if entry.is_file() else None for entry in entries}
    return RecordFolder(str(folder), folder, sizes)


@lru_cache
def remote_record_folder(url: str, pattern: str = "*") -> RecordFolder:
    """Return a folder of another machine, with a copy of its metadata.

    Args:
      url: the folder, or for all of its shards also the folder of its version folders.
      pattern: names of shards; the offsets of others are not copied.

    Raises:
      InputError: it cannot be read, or has no metadata.
    """
    root = url.rstrip("/")
    versions = newest_first(list_files(root))
    for folder in (root, *(f"{root}/{version}" for version in versions)):
        sizes = list_files(folder)
        if INFO_FILE in sizes:
            copied = [name for name in sizes if _is_needed(name, pattern)]
            return RecordFolder(folder, local_copy(folder, copied), sizes)
    raise InputError(
        f"{url} has no {INFO_FILE}: only TFRecords are read from there; write them with "
        "`data_tools convert --op=convert_to_tfrecords` where the images are, then copy them"
    )


def _is_needed(name: str, pattern: str) -> bool:
    if name.endswith(OFFSETS_SUFFIX):
        return fnmatchcase(name.removesuffix(OFFSETS_SUFFIX), pattern)
    return any(fnmatchcase(name, kind) for kind in _METADATA)
