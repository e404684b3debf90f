"""Data sources: every spec is opened as a ``Source``, whatever its format.

To add a kind of source, write a module with ``matches(spec, path) -> bool`` and
``open_spec(spec, path, unlabeled) -> Source``, and add it to ``SOURCES``.
"""

from pathlib import Path
from types import ModuleType

from data_tools.errors import InputError, UsageError
from data_tools.files.locations import find_data
from data_tools.formats.record_keys import RecordSchema
from data_tools.sources import bare_records, digits, folder, idx, records, shards, tfds
from data_tools.sources.source import Example, Source, split_or_all

#: Kinds of sources; the first that matches a spec opens it. Any folder matches the last one.
SOURCES: dict[str, ModuleType] = {
    "sklearn": digits,
    "tfds": tfds,
    "shards": shards,
    "records": records,
    "bare_records": bare_records,
    "idx": idx,
    "folder": folder,
}

# Prefixes of specs that name a data set of a library.
_LIBRARIES = ("sklearn:", "tfds:")

__all__ = [
    "SOURCES",
    "Example",
    "Source",
    "is_flat_folder",
    "open_source",
    "split_or_all",
    "takes_schema",
]


def open_source(
    spec: str | Path,
    *,
    unlabeled: bool = False,
    allow_unexpected: bool = False,
    schema: RecordSchema | None = None,
) -> Source:
    """Open a data set without decoding its images.

    Args:
      spec: a folder root/<label>/<image> or root/{train,validation,test}/<label>/<image>, a folder
        of TFRecords, one such file, a pattern of files, the URL of any of these, a folder of MNIST
        idx files, ``sklearn:digits`` or ``tfds:NAME``. A relative path is looked up in the working
        directory, then in $GAN_TF_DATA_DIR; a name of ``WELL_KNOWN`` that is at neither place is
        that data set of TFDS.
      unlabeled: accept images without labels, in a folder or in TFRecords without metadata, as one
        class.
      allow_unexpected: list what is neither a label folder nor an image in
        ``Source.unexpected_files`` instead of refusing it.
      schema: keys of the features in TFRecords without metadata; None to recognize them.

    Raises:
      InputError: there is no such source, or its layout is wrong.
      UsageError: a schema is given for another kind of source.
    """
    spec = str(spec)
    kind, path = _kind_of(spec)
    if schema is None:
        source = kind.open_spec(spec, path, unlabeled)
    elif takes_schema(spec):
        source = kind.open_spec(spec, path, unlabeled, schema)
    else:
        raise UsageError(f"--schema is for TFRecords without metadata, which {spec} is not")
    if not source.examples and not source.unexpected_files:
        raise InputError(f"{spec} contains no images")
    if source.unexpected_files and not allow_unexpected:
        first = source.unexpected_files[0]
        raise InputError(f"{first.path!r} in {spec} {first.reason}; move it away")
    return source


def takes_schema(spec: str) -> bool:
    """Return whether a spec names TFRecords without metadata."""
    kind, _ = _kind_of(spec)
    return kind is bare_records or (kind is shards and bool(shards.bare_files(spec)))


def is_flat_folder(spec: str) -> bool:
    """Return whether a spec names a folder without subfolders, TFRecords and idx files."""
    kind, path = _kind_of(spec)
    return kind is folder and not any(
        child.is_dir() and not child.name.startswith(".") for child in path.iterdir()
    )


def _kind_of(spec: str) -> tuple[ModuleType, Path | None]:
    is_name = spec.startswith(_LIBRARIES) or tfds.is_well_known(spec)
    path = None if is_name or shards.names_shards(spec) else find_data(spec)
    for kind in SOURCES.values():
        if kind.matches(spec, path):
            return kind, path
    raise InputError(f"{path} is a file, but no TFRecord file; name the folder of the data set")
