"""TFRecords by URL, ``gs://bucket/records``, or by a pattern of their shards, ``*-0000[0-7]-*``."""

import glob
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote
from data_tools.files.locations import candidate_paths, find_folder
from data_tools.formats.tfds_layout import INFO_FILE, version_folder
from data_tools.sources.record_folder import local_record_folder, remote_record_folder
from data_tools.sources.records import open_records
from data_tools.sources.source import Source


def names_shards(spec: str) -> bool:
    """Return whether a spec is a URL or a pattern, and not the path of something that exists."""
    if is_remote(spec):
        return True
    return glob.has_magic(spec) and not any(path.exists() for path in candidate_paths(spec))


def matches(spec: str, folder: Path | None) -> bool:
    """Return whether the spec is a URL or a pattern."""
    return folder is None and names_shards(spec)


def open_spec(spec: str, folder: Path | None, unlabeled: bool) -> Source:
    """Open the TFRecords in a remote folder, or the shards of a data set that a pattern names.

    Raises:
      InputError: it cannot be read, or has no TFRecords or no such shard.
    """
    if not glob.has_magic(spec):
        return open_records(spec, remote_record_folder(spec))
    parent, _, pattern = spec.rpartition("/")
    if glob.has_magic(parent):
        raise InputError(f"{spec}: only the name of a file may be a pattern, not {parent!r}")
    if is_remote(spec):
        return open_records(spec, remote_record_folder(parent, pattern), pattern)
    folder = find_folder(parent or ".")
    if version_folder(folder) != folder:
        raise InputError(f"{spec}: a pattern names shards, but there is no {INFO_FILE} beside them")
    return open_records(spec, local_record_folder(folder), pattern)
