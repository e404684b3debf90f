"""Write beside, sync, rename: a data set is there whole or not at all."""

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

# What the user's disk does to us, as opposed to a defect of ours.
DISK_ERRORS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
    *(errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EFBIG, errno.EMFILE),
)


@contextmanager
def staged(dest: Path | str) -> Iterator[Path]:
    """Gives a temporary folder that becomes `dest` if the block succeeds and vanishes if not.

    The folder is a sibling of `dest`, so that the last rename is atomic; its content is on the
    disk before. What a killed process left beside `dest` is cleared by the next one: a lock that
    dies with its process tells the two apart.

    Raises:
      InputError: if `dest` exists, or the disk is full, read-only or not ours to write.
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
    """Writes a file so that it is whole and on the disk, or as it was before."""
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
    """Makes sure that there is room for a new folder.

    Raises:
      InputError: if `dest` exists, or lies below a file.
    """
    if os.path.lexists(dest):
        raise InputError(f"--dest={dest} exists; choose another or remove it")
    for parent in dest.parents:
        if parent.exists():
            if not parent.is_dir():
                raise InputError(f"--dest={dest} lies below {parent}, which is a file")
            return


def _new_folder(dest: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=_prefix(dest), dir=dest.parent))
    except FileNotFoundError:  # In /proc, which is there and takes no folder.
        raise InputError(
            f"--dest={dest} cannot be written: {dest.parent} takes no new folder"
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
            continue  # Not ours to open.
        if lock is None:
            continue  # Another process is writing there.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sync_file_system(folder: Path) -> None:
    # One call for the whole tree: an fsync for each of 60,000 small files takes minutes.
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
