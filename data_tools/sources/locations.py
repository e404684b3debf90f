"""Where a relative path is sought."""

import os
from pathlib import Path

from data_tools.errors import InputError

DATA_DIR_VARIABLE = "GAN_TF_DATA_DIR"


def find_folder(spec: str) -> Path:
    """Returns the folder that a spec names.

    A relative path is sought in the working directory, then in $GAN_TF_DATA_DIR.

    Raises:
      InputError: if there is none.
    """
    candidates = [Path(spec)] if spec else []
    data_dir = os.environ.get(DATA_DIR_VARIABLE)
    if spec and data_dir and not Path(spec).is_absolute():
        candidates.append(Path(data_dir) / spec)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
        if candidate.exists():
            raise InputError(f"{candidate} is a file; name the folder of the data set")
    sought = f", nor in ${DATA_DIR_VARIABLE}" if len(candidates) > 1 else ""
    raise InputError(f"there is no folder {spec!r} here{sought}; check the path")
