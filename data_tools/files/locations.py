"""Where a relative path is sought."""

import os
from pathlib import Path

from data_tools.errors import InputError

DATA_DIR_VARIABLE = "GAN_TF_DATA_DIR"


def candidate_paths(spec: str) -> list[Path]:
    """Returns where a path is sought: as it is, and if it is relative then in $GAN_TF_DATA_DIR."""
    if not spec:
        return []
    data_dir = os.environ.get(DATA_DIR_VARIABLE)
    is_sought_there = data_dir and not Path(spec).is_absolute()
    return [Path(spec), Path(data_dir) / spec] if is_sought_there else [Path(spec)]


def find_folder(spec: str) -> Path:
    """Returns the folder that a spec names, sought among its `candidate_paths`.

    Raises:
      InputError: if there is none.
    """
    places = candidate_paths(spec)
    for candidate in places:
        if candidate.is_dir():
            return candidate
        if candidate.exists():
            raise InputError(f"{candidate} is a file; name the folder of the data set")
    sought = f", nor in ${DATA_DIR_VARIABLE}" if len(places) > 1 else ""
    raise InputError(f"there is no folder {spec!r} here{sought}; check the path")
