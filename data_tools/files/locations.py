"""Lookup of relative paths."""

import os
from pathlib import Path

from data_tools.errors import InputError

DATA_DIR_VARIABLE = "GAN_TF_DATA_DIR"


def candidate_paths(spec: str) -> list[Path]:
    """Return the paths that a spec may mean: itself and, if relative, in $GAN_TF_DATA_DIR."""
    if not spec:
        return []
    data_dir = os.environ.get(DATA_DIR_VARIABLE)
    if not data_dir or Path(spec).is_absolute():
        return [Path(spec)]
    return [Path(spec), Path(data_dir) / spec]


def find_data(spec: str) -> Path:
    """Return the folder or file that a spec names: the first existing of its ``candidate_paths``.

    Raises:
      InputError: there is none.
    """
    candidates = candidate_paths(spec)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    elsewhere = f", nor in ${DATA_DIR_VARIABLE}" if len(candidates) > 1 else ""
    raise InputError(f"there is no folder {spec!r} here{elsewhere}; check the path")


def find_folder(spec: str) -> Path:
    """Return the folder that a spec names; see ``find_data``.

    Raises:
      InputError: there is none, or it is a file.
    """
    path = find_data(spec)
    if not path.is_dir():
        raise InputError(f"{path} is a file; name the folder of the data set")
    return path
