"""Data sources: every spec is opened as a ``Source``, whatever its format.

To add a kind of source, write a module with ``matches(spec, folder) -> bool`` and
``open_spec(spec, folder, unlabeled) -> Source``, and add it to ``SOURCES``.
"""

from pathlib import Path
from types import ModuleType

from data_tools.errors import InputError
from data_tools.files.locations import find_folder
from data_tools.sources import digits, folder, idx, records, shards, tfds
from data_tools.sources.source import Example, Source, split_or_all

#: Kinds of sources; the first that matches a spec opens it. Any folder matches the last one.
SOURCES: dict[str, ModuleType] = {
    "sklearn": digits,
    "tfds": tfds,
    "shards": shards,
    "records": records,
    "idx": idx,
    "folder": folder,
}

# Prefixes of specs that name a data set of a library.
_LIBRARIES = ("sklearn:", "tfds:")

__all__ = ["SOURCES", "Example", "Source", "is_flat_folder", "open_source", "split_or_all"]


def open_source(
    spec: str | Path, *, unlabeled: bool = False, allow_unexpected: bool = False
) -> Source:
    """Open a data set without reading its images.

    Args:
      spec: a folder root/<label>/<image> or root/{train,validation,test}/<label>/<image>, a folder
        of TFRecords, a pattern of their shards, the URL of either, a folder of MNIST idx files,
        ``sklearn:digits`` or ``tfds:NAME``. A relative path is looked up in the working directory,
        then in $GAN_TF_DATA_DIR.
      unlabeled: accept a folder of images without label folders, as one class.
      allow_unexpected: list what is neither a label folder nor an image in
        ``Source.unexpected_files`` instead of refusing it.

    Raises:
      InputError: there is no such source, or its layout is wrong.
    """
    spec = str(spec)
    path = find_folder(spec) if _names_folder(spec) else None
    kind = next(kind for kind in SOURCES.values() if kind.matches(spec, path))
    source = kind.open_spec(spec, path, unlabeled)
    if not source.examples and not source.unexpected_files:
        raise InputError(f"{spec} contains no images")
    if source.unexpected_files and not allow_unexpected:
        first = source.unexpected_files[0]
        raise InputError(f"{first.path!r} in {spec} {first.reason}; move it away")
    return source


def is_flat_folder(spec: str) -> bool:
    """Return whether a spec names a folder without subfolders, TFRecords and idx files."""
    if not _names_folder(spec):
        return False
    path = find_folder(spec)
    if any(SOURCES[kind].matches(spec, path) for kind in ("records", "idx")):
        return False
    return not any(child.is_dir() and not child.name.startswith(".") for child in path.iterdir())


def _names_folder(spec: str) -> bool:
    return not spec.startswith(_LIBRARIES) and not shards.names_shards(spec)
