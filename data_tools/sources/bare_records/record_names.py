"""Paths of images in records: from the name that a record states, safe and unique."""

import re
from array import array
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import PurePosixPath

import numpy as np

from data_tools.formats.example_proto import Value

_UNSAFE = re.compile(r"[^\w.+-]+")
_IMAGE_SUFFIX = re.compile(r"\.(?:png|jpe?g|gif|webp|tiff?|bmp)$", re.IGNORECASE)
_MAX_NAME = 120


def text_in(features: Mapping[str, Value], key: str | None) -> str:
    """Return a number or text in a record as text, "" if there is none."""
    value = features.get(key, b"") if key else b""
    return str(value) if isinstance(value, int) else value.decode("utf-8", "replace")


def name_in(features: Mapping[str, Value], key: str | None) -> str:
    """Return the name in a record as a file name without suffix, "" if there is none.

    >>> name_in({"id": b"photos/my cat.JPG"}, "id")
    'my_cat'
    """
    name = re.split(r"[/\\]", text_in(features, key))[-1]
    return _UNSAFE.sub("_", _IMAGE_SUFFIX.sub("", name)).strip("._")[:_MAX_NAME]


def image_path(split: str, label: str, name: str, is_jpeg: bool) -> str:
    """Return the path of an image in its source; a split of "" is left out."""
    return "/".join(part for part in (split, label, name + (".jpg" if is_jpeg else ".png")) if part)


class PathHashes:
    """Hashes of all paths of a source, 8 bytes each, which find the paths that repeat."""

    def __init__(self) -> None:
        self._hashes = array("q")

    def add(self, path: str) -> None:
        """Append a path."""
        self._hashes.append(_hash(path))

    def new_names(self, path_at: Callable[[int], str]) -> dict[int, str]:
        """Return a name without suffix, ending in _2, _3, ..., for each path that is not the first.

        Args:
          path_at: returns the path at an index again.
        """
        hashes = np.array(self._hashes)
        order = np.argsort(hashes, kind="stable")
        repeats = np.sort(order[1:][hashes[order[1:]] == hashes[order[:-1]]])
        taken = set(hashes.tolist()) if len(repeats) else set()
        counts: dict[str, int] = {}
        names = {}
        for index in repeats.tolist():
            path = path_at(index)
            pure = PurePosixPath(path)
            number = counts.get(path, 1)
            while (unused := _hash(_numbered(pure, number := number + 1))) in taken:
                pass
            taken.add(unused)
            counts[path] = number
            names[index] = PurePosixPath(_numbered(pure, number)).stem
        return names


def _numbered(path: PurePosixPath, number: int) -> str:
    return str(path.with_name(f"{path.stem}_{number}{path.suffix}"))


def _hash(path: str) -> int:
    digest = blake2b(path.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
