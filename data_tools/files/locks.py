"""Locks that end with the process that holds them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_tools.errors import InputError


def try_lock(path: Path | str) -> int | None:
    """Lock a folder, or a file that is created if missing.

    Returns:
      A file descriptor: closing it releases the lock, as does the end of the process, however it
      ends. None if the lock is held already.
    """
    flags = os.O_RDONLY if os.path.isdir(path) else os.O_RDWR | os.O_CREAT | os.O_APPEND
    descriptor = os.open(path, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def acquire_lock(path: Path, name: str, remedy: str = "wait for it") -> int:
    """Lock a folder, or a file that then names this process; see ``try_lock``.

    Args:
      path: file or folder to lock; missing parent folders are created.
      name: what is locked, in error messages: ``--run_dir=runs/digits``.
      remedy: ends the message if another process holds the lock.

    Raises:
      InputError: another process holds the lock, or ``path`` cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = try_lock(path)
        if descriptor is None:
            raise InputError(f"{name} is in use by {_holder(path)}; {remedy}")
        if not path.is_dir():
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror}") from None
    return descriptor


@contextmanager
def hold_lock(path: Path, name: str, remedy: str = "wait for it") -> Iterator[None]:
    """Hold a lock until the block ends; see ``acquire_lock``."""
    descriptor = acquire_lock(path, name, remedy)
    try:
        yield
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    process = "" if path.is_dir() else path.read_text(encoding="utf-8").strip()
    return f"process {process}" if process else "another process"
