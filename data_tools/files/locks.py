"""A lock that dies with its process."""

import fcntl
import os
from pathlib import Path


def locked(path: Path | str) -> int:
    """Holds a folder, or a file that is made if need be, for this process.

    Returns:
      A file descriptor: the lock ends when it is closed or the process ends, however it ends.

    Raises:
      BlockingIOError: another holder has it.
    """
    flags = os.O_RDONLY if os.path.isdir(path) else os.O_RDWR | os.O_CREAT | os.O_APPEND
    descriptor = os.open(path, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
