"""Image ids of tables: which image a file name or path means.

An id is compared with a path from its end, folder by folder, as far as both go: ``a/001.jpg`` is
the image ``train/a/001.jpg``, so is ``data/raw/train/a/001.jpg``, and ``b/001.jpg`` is not. The
suffix may be missing. Letter case counts, except in the suffix; Unicode's composed and decomposed
forms are one.
"""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

_SUFFIXES = frozenset(
    (".avif", ".bmp", ".gif", ".j2k", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif")
    + (".tiff", ".webp")
)


class ImageName(NamedTuple):
    """A name of an image.

    Attributes:
      image: index of the image.
      path: its path in a data set.
      source: name of that data set; "" if it is not a part of the path.
    """

    image: int
    path: str
    source: str = ""


class Found(NamedTuple):
    """The images that an id may mean.

    Attributes:
      images: their indices, empty if there are none.
      excess: what the id has before the path of the image, "" for nothing.
      has_other_suffix: True if the id has a suffix that none of the images has.
    """

    images: list[int]
    excess: str = ""
    has_other_suffix: bool = False


class ImageIndex:
    """Images by the ends of their paths."""

    def __init__(self, names: Iterable[ImageName]):
        """Index all names of all images; an image may have several."""
        self._with_suffix = _Ends()
        self._without_suffix = _Ends()
        for image, path, source in names:
            stem, suffix = divided(normalized(path))
            self._with_suffix.add(image, stem + suffix, source)
            self._without_suffix.add(image, stem, source)

    def find(self, image_id: str, suffix: str | None = None) -> Found:
        """Return the images that an id may mean.

        Args:
          image_id: a name or path. If it has a suffix, an image with the same one precedes the
            others.
          suffix: the suffix of the image if the id has none; None for any.
        """
        stem, own_suffix = divided(normalized(image_id))
        if own_suffix or suffix:
            found = self._with_suffix.find(stem + (own_suffix or suffix.lower()))
            if found.images or not own_suffix:
                return found
        found = self._without_suffix.find(stem)
        return found._replace(has_other_suffix=bool(own_suffix and found.images))


def normalized(path: str) -> str:
    r"""Return a path with slashes, without "." and empty folders, in Unicode's composed form.

    >>> normalized(".\\a\\\\001.jpg")
    'a/001.jpg'
    """
    parts = unicodedata.normalize("NFC", path).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def divided(path: str) -> tuple[str, str]:
    """Return a path without the suffix of an image format, and the suffix in lower case or "".

    >>> divided("a/ISIC_1.v2.JPG")
    ('a/ISIC_1.v2', '.jpg')
    >>> divided("a/ISIC_1.v2")
    ('a/ISIC_1.v2', '')
    """
    stem, dot, suffix = path.rpartition(".")
    suffix = (dot + suffix).lower()
    return (stem, suffix) if suffix in _SUFFIXES else (path, "")


class _Ends:
    """Images by each end of their paths, and by their whole paths."""

    def __init__(self) -> None:
        self._by_end: dict[str, list[int]] = {}
        self._by_path: dict[str, list[int]] = {}

    def add(self, image: int, path: str, source: str) -> None:
        _append(self._by_path, path, image)
        end = f"{source}/{path}" if source else path
        while end:
            _append(self._by_end, end, image)
            end = end.partition("/")[2]

    def find(self, image_id: str) -> Found:
        if image_id in self._by_end:
            return Found(self._by_end[image_id])
        excess, end = "", image_id
        while "/" in end:
            folder, _, end = end.partition("/")
            excess = f"{excess}/{folder}" if excess else folder
            if end in self._by_path:
                return Found(self._by_path[end], excess)
        return Found([])


def _append(images: dict[str, list[int]], key: str, image: int) -> None:
    known = images.setdefault(key, [])
    if image not in known[-1:]:  # An image's names are added one after the other.
        known.append(image)
