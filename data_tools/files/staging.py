"""Atomic writes: a data set is complete or absent."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.locks import try_lock

# Errors of the user's disk, as opposed to bugs of this package.
DISK_ERRORS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
    *(errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EFBIG, errno.EMFILE),
)


@contextmanager
def staged(dest: Path | str) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``dest`` if the block succeeds, else is removed.

    The folder is a sibling of ``dest``, so that the final rename is atomic; its content is synced
    to disk first. Folders that killed processes left behind are removed; those of running
    processes are locked.

    Raises:
      InputError: ``dest`` exists, or the disk is full, read-only or not writable for the user.
    """
    dest = Path(dest)
    refuse_existing(dest)
    folder = None
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(dest)
        folder = _new_folder(dest)
        os.chmod(folder, 0o777 & ~_umask())
        lock = try_lock(folder)
        try:
            yield folder
            _sync_file_system(folder)
            refuse_existing(dest)
            os.rename(folder, dest)
            _sync_folder(dest.parent)
        finally:
            os.close(lock)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise InputError(f"--dest={dest} cannot be written: {error.strerror}") from None
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is complete and synced to disk, or unchanged."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def refuse_existing(dest: Path) -> None:
    """Check that a new folder can be created.

    Raises:
      InputError: ``dest`` exists or is below a file.
    """
    if os.path.lexists(dest):
        raise InputError(f"--dest={dest} exists; choose another or remove it")
    for parent in dest.parents:
        if os.path.lexists(parent):
            if not parent.is_dir():
                what = "a file" if parent.exists() else "a broken symbolic link"
                raise InputError(f"--dest={dest} is below {parent}, which is {what}")
            return


def _new_folder(dest: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=_prefix(dest), dir=dest.parent))
    except FileNotFoundError:  # In /proc, which exists but allows no new folders.
        raise InputError(
            f"--dest={dest} cannot be written: {dest.parent} does not allow new folders"
        ) from None


def _prefix(dest: Path) -> str:
    return f".{dest.name}.partial-"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _clear_abandoned(dest: Path) -> None:
    for folder in list(dest.parent.iterdir()):
        if not folder.name.startswith(_prefix(dest)):
            continue
        try:
            lock = try_lock(folder)
        except OSError:
            continue  # The folder of another user.
        if lock is None:
            continue  # Another process is writing there.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sync_file_system(folder: Path) -> None:
    # One call for the whole tree: fsync of 60,000 small files takes minutes.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
