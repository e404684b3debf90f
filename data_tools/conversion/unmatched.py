"""Explanations of image ids and image paths that do not match."""

import re
from collections.abc import Callable, Iterable, Sequence

from data_tools.formats.image_ids import divided, normalized

_NUM_SAMPLES = 3
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DECIMALS = re.compile(r"\.0+$")


def samples(names: Sequence[str]) -> str:
    """Return the first names for a message.

    >>> samples(["a", "b", "c", "d"])
    "'a', 'b', 'c', ..."
    """
    more = ", ..." if len(names) > _NUM_SAMPLES else ""
    return ", ".join(map(repr, names[:_NUM_SAMPLES])) + more


def difference(ids: Iterable[str], paths: Sequence[str]) -> str | None:
    """Return what tells an id from a path that it almost is, or None if there is no such pair.

    >>> difference(["7"], ["ill/0007.jpg"])
    "'7' and 'ill/0007.jpg' differ only in leading zeros"
    """
    ids = list(ids)
    for what, simplified in _DIFFERENCES.items():
        by_name = {simplified(_file_name(path)): path for path in reversed(paths)}
        for image_id in ids:
            path = by_name.get(simplified(_file_name(image_id)))
            if path is not None:
                return f"{image_id!r} and {path!r} differ only in {what}"
    return None


def _file_name(path: str) -> str:
    return normalized(divided(path)[0]).rpartition("/")[2]


def _without_leading_zeros(name: str) -> str:
    return _ZEROS.sub("", name)


def _without_decimals(name: str) -> str:
    return _without_leading_zeros(_DECIMALS.sub("", name))


def _without_extension(name: str) -> str:
    return name.rpartition(".")[0] or name


def _unchanged(name: str) -> str:
    return name


_DIFFERENCES: dict[str, Callable[[str], str]] = {
    "the folder or the extension": _unchanged,
    "letter case": str.casefold,
    "leading zeros": _without_leading_zeros,
    "leading zeros and decimals": _without_decimals,
    "the extension": _without_extension,
}
