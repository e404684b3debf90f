"""Names and relative paths: natural order, and no path that leaves its folder."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

from data_tools.errors import InputError

_MAX_PATH = 4096
_DIGITS = re.compile(r"\d+")


def natural_key(name: str) -> str:
    """Return a sort key that orders numbers inside names by value.

    Each number is prefixed with its length, so that shorter, smaller numbers come first.

    >>> sorted(["label_10", "label_2"], key=natural_key)
    ['label_2', 'label_10']
    """
    return f"{_DIGITS.sub(_prefixed_with_length, name)}\0{name}"


def _prefixed_with_length(match: re.Match) -> str:
    digits = match[0].lstrip("0")
    return chr(len(digits)) + digits


def safe_relative_path(path: str) -> str:
    """Return the path if it stays inside the folder that it is relative to.

    Raises:
      InputError: it is absolute, too long, or has an empty part, "." or ".." or a NUL in it.
    """
    parts = path.split("/")
    if "" in parts or ".." in parts or "." in parts or "\0" in path or len(path) > _MAX_PATH:
        raise InputError(f"{path!r} would leave the data set; rename it")
    return path


def safe_label(label: str) -> str:
    """Return the label if it can name a folder.

    Raises:
      InputError: it is empty, too long, starts with a dot, or has a slash or a NUL in it.
    """
    if not label or label.startswith(".") or "/" in label or "\0" in label or len(label) > 200:
        raise InputError(f"label {label!r} cannot name a folder; rename it")
    return label


def is_utf8(name: str) -> bool:
    """Return whether all bytes of a file name are UTF-8; Python has others as surrogates."""
    return utf8_text(name) == name


def utf8_text(name: str) -> str:
    r"""Return a text that UTF-8 can encode, with escapes for bytes of a name that are not UTF-8.

    >>> print(utf8_text("caf\udce9"))
    caf\udce9
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def unused_path(path: str, taken: Collection[str]) -> str:
    """Return the path, with _2, _3, ... before its suffix if it is taken.

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
