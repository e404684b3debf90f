"""Files of this machine and of remote file systems, such as ``gs://bucket/file``.

Remote files are read through fsspec, local ones by the operating system alone.
"""

import atexit
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from data_tools.errors import InputError

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
# Each keeps the block that was read last, which is large because every request waits for a reply.
_MAX_OPEN_FILES = 16
_BLOCK_SIZE = 4 * 2**20


def is_remote(path: str) -> bool:
    """Return whether a path is the URL of a file system: ``gs://``, ``s3://``, ``file://``."""
    return _URL.match(path) is not None


def open_file(path: str) -> AbstractContextManager[BinaryIO]:
    """Open a local or remote file for reading.

    A remote file stays open for the next call in the same thread: neighboring records are then
    read in one request.

    Raises:
      InputError: the file cannot be opened or, if it is remote, read.
    """
    if is_remote(path):
        return _remote_file(path, threading.get_ident())
    try:
        return open(path, "rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def list_files(folder: str) -> dict[str, int | None]:
    """Return the bytes of each file in a remote folder, by name; None for a folder in it.

    Raises:
      InputError: there is no such folder, or it cannot be read.
    """
    with _errors_of(folder):
        file_system, path = _file_system(folder)
        entries = file_system.ls(path, detail=True)
    return {
        entry["name"].rstrip("/").rpartition("/")[2]: entry["size"]
        if entry["type"] == "file"
        else None
        for entry in entries
    }


def local_copy(folder: str, names: Iterable[str]) -> Path:
    """Copy files of a remote folder into a temporary one, which is removed at exit.

    Args:
      folder: URL of the folder.
      names: names of the files.

    Raises:
      InputError: a file cannot be read.
    """
    names = sorted(names)
    copy = temporary_folder()
    with _errors_of(folder):
        file_system, path = _file_system(folder)
        file_system.get([f"{path}/{name}" for name in names], [f"{copy}/{name}" for name in names])
    return copy


def temporary_folder() -> Path:
    """Return a new folder that is removed when this process ends; its workers may read it."""
    folder = tempfile.mkdtemp(prefix="data_tools-")
    atexit.register(_remove, folder, os.getpid())
    return Path(folder)


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # A forked process inherits the handler.
        shutil.rmtree(folder, ignore_errors=True)


class _RemoteFile:
    """Remote file that reads ahead and outlives the ``with`` statements that use it."""

    def __init__(self, url: str):
        self._url = url
        with _errors_of(url):
            self._file_system, self._path = _file_system(url)
            self._size = self._file_system.size(self._path)
        self._position = 0
        self._start = 0
        self._block = b""

    def __enter__(self) -> "_RemoteFile":
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def seek(self, offset: int) -> None:
        self._position = offset

    def read(self, size: int) -> bytes:
        end = min(self._position + size, self._size)
        if not self._start <= self._position <= end <= self._start + len(self._block):
            self._fetch(max(end, min(self._position + _BLOCK_SIZE, self._size)))
        data = self._block[self._position - self._start : end - self._start]
        self._position += len(data)
        return data

    def _fetch(self, end: int) -> None:
        """Read from the position to the end, a byte of the file; nothing if that is before it."""
        self._start, self._block = self._position, b""
        if self._position < end:
            with _errors_of(self._url):
                self._block = self._file_system.cat_file(self._path, start=self._position, end=end)


@lru_cache(maxsize=_MAX_OPEN_FILES)
def _remote_file(url: str, thread: int) -> _RemoteFile:
    return _RemoteFile(url)


def _file_system(url: str) -> tuple:
    """Return the file system of a URL, and its path there without a slash at the end."""
    import fsspec.core

    # It would print the traceback of an error that is reported in one line.
    logging.getLogger("gcsfs").setLevel(logging.CRITICAL)
    file_system, path = fsspec.core.url_to_fs(url)
    return file_system, path.rstrip("/")


@contextmanager
def _errors_of(url: str) -> Iterator[None]:
    """Turn what a file system raises into one line that names the URL."""
    try:
        yield
    except ImportError as error:
        raise InputError(f"{url} cannot be read: {error} (pip install 'gan_tf[remote]')") from None
    except FileNotFoundError:
        raise InputError(f"{url} does not exist; check the address") from None
    except Exception as error:  # Each library has exceptions of its own.
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise InputError(
            f"{url} cannot be read: {reason}; check address, network and credentials"
        ) from None
