"""TFRecords by URL, ``gs://bucket/records``, or by a pattern of their shards, ``*-0000[0-7]-*``."""

import glob
from fnmatch import fnmatchcase
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote, list_files
from data_tools.files.locations import candidate_paths, find_folder
from data_tools.formats.record_keys import RecordSchema
from data_tools.formats.tfds_layout import INFO_FILE, version_folder
from data_tools.sources.bare_records import open_shards
from data_tools.sources.bare_records.shard_names import is_shard
from data_tools.sources.record_folder import local_record_folder, remote_record_folder
from data_tools.sources.records import open_records
from data_tools.sources.source import Source


def names_shards(spec: str) -> bool:
    """Return whether a spec is a URL or a pattern, and not the path of something that exists."""
    if is_remote(spec):
        return True
    return glob.has_magic(spec) and not any(path.exists() for path in candidate_paths(spec))


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the spec is a URL or a pattern."""
    return path is None and names_shards(spec)


def open_spec(
    spec: str, path: Path | None, unlabeled: bool, schema: RecordSchema | None = None
) -> Source:
    """Open remote TFRecords, or those that a pattern names.

    Raises:
      InputError: it cannot be read, or has no TFRecords or no such shard.
    """
    if files := bare_files(spec):
        return open_shards(spec, files, schema, unlabeled=unlabeled)
    if not glob.has_magic(spec):
        return open_records(spec, remote_record_folder(spec))
    parent, _, pattern = spec.rpartition("/")
    if glob.has_magic(parent):
        raise InputError(f"{spec}: only the name of a file may be a pattern, not {parent!r}")
    if is_remote(spec):
        return open_records(spec, remote_record_folder(parent, pattern), pattern)
    folder = find_folder(parent or ".")
    if version_folder(folder) != folder:
        raise InputError(f"{spec} names no TFRecord file; check the pattern")
    return open_records(spec, local_record_folder(folder), pattern)


def bare_files(spec: str) -> list[str]:
    """Return the TFRecord files that a URL or pattern names, none if they have metadata."""
    folder, _, pattern = spec.rstrip("/").rpartition("/")
    if not glob.has_magic(spec) and not is_shard(pattern):
        folder, pattern = spec.rstrip("/"), "*"
    if glob.has_magic(folder):
        return []
    if is_remote(spec):
        sizes = list_files(folder)
    else:
        folder, _, sizes = local_record_folder(find_folder(folder or "."))
    if INFO_FILE in sizes:
        return []
    return [
        f"{folder}/{name}"
        for name, size in sizes.items()
        if size is not None and fnmatchcase(name, pattern) and is_shard(name)
    ]
