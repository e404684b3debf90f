"""Names and relative paths: natural order, and nothing that leaves its folder."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from data_tools.errors import InputError

_MAX_PATH = 4096
_DIGITS = re.compile(r"\d+")


def natural_key(name: str) -> str:
    """Returns a sort key under which numbers inside names count as numbers.

    Each number is led by its length, so that the shorter, smaller one comes first.

    >>> sorted(["label_10", "label_2"], key=natural_key)
    ['label_2', 'label_10']
    """
    return f"{_DIGITS.sub(_led_by_length, name)}\0{name}"


def _led_by_length(match: re.Match) -> str:
    digits = match[0].lstrip("0")
    return chr(len(digits)) + digits


def safe_relative_path(path: str) -> str:
    """Returns the path if it stays inside the folder it is relative to.

    Raises:
      InputError: for an absolute path, for "..", for an empty or a NUL-bearing name.
    """
    parts = path.split("/")
    if "" in parts or ".." in parts or "." in parts or "\0" in path or len(path) > _MAX_PATH:
        raise InputError(f"{path!r} would leave the data set; rename it")
    return path


def safe_label(label: str) -> str:
    """Returns the label if it can be the name of a folder.

    Raises:
      InputError: if it is empty, hidden, or has a slash in it.
    """
    if not label or label.startswith(".") or "/" in label or "\0" in label or len(label) > 200:
        raise InputError(f"label {label!r} cannot name a folder; rename it")
    return label


def unused_path(path: str, taken: Collection[str]) -> str:
    """Returns the path, or the same with _2, _3, ... before its suffix if it is taken.

    >>> unused_path("a/x.png", {"a/x.png", "a/x_2.png"})
    'a/x_3.png'
    """
    if path not in taken:
        return path
    pure = PurePosixPath(path)
    number = 2
    while (candidate := str(pure.with_name(f"{pure.stem}_{number}{pure.suffix}"))) in taken:
        number += 1
    return candidate
