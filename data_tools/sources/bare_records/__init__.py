"""TFRecords that other programs wrote, without metadata: a folder of them, or a single file."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data_tools.errors import Caution, InputError
from data_tools.files.file_systems import is_remote
from data_tools.files.paths import natural_key, safe_label
from data_tools.folders.entries import UnexpectedFile
from data_tools.formats.compressed_shards import unpacked_shard
from data_tools.formats.dataset_info import SPLITS, split_named
from data_tools.formats.example_proto import Feature, decode_features
from data_tools.formats.record_keys import RecordSchema
from data_tools.formats.tfrecord import read_records
from data_tools.sources.bare_records.label_texts import label_texts
from data_tools.sources.bare_records.record_index import (
    NO_LABEL,
    RecordFile,
    RecordIndex,
    index_records,
)
from data_tools.sources.bare_records.schemas import find_schema
from data_tools.sources.bare_records.shard_names import (
    is_shard,
    missing_shards,
    name_of_data,
    shard_splits,
)
from data_tools.sources.source import Source


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the path is a TFRecord file, or a folder of them."""
    return path is not None and bool(_shards_in(path))


def open_spec(spec: str, path: Path, unlabeled: bool, schema: RecordSchema | None = None) -> Source:
    """Open a file or all files of a folder; see ``open_shards``."""
    shards = [str(shard) for shard in _shards_in(path)]
    source = open_shards(spec, shards, schema, unlabeled=unlabeled)
    if path.is_file():
        return source
    if missing := missing_shards(shards):
        caution = f"{spec} lacks {missing[0]}, in all {len(missing)} of its numbered files"
        warnings.warn(caution, Caution, stacklevel=2)
    folders = () if Path(shards[0]).parent != path else _folders_in(path)
    return replace(
        source,
        name=path.resolve().name,
        folder=path,
        unexpected_files=tuple(
            UnexpectedFile(name, "is a folder beside TFRecords") for name in folders
        ),
    )


def open_shards(
    spec: str,
    paths: Sequence[str],
    schema: RecordSchema | None = None,
    *,
    unlabeled: bool = False,
) -> Source:
    """Open TFRecord files that other programs wrote, and read them once.

    Splits come from the names of the files; class names from the records, from a file beside the
    first shard (slim's ``labels.txt`` or ``<label key>.labels.txt``), or else are numbers. Only
    labels that occur are classes.

    Args:
      spec: spec of the data set, in error messages.
      paths: the files, at least one.
      schema: keys of the features; None to recognize them from the first record.
      unlabeled: True to read all images as one class.

    Raises:
      InputError: a file is damaged, the schema is not known, or a record does not follow it.
    """
    files = [
        RecordFile(path, unpacked_shard(path), split)
        for path, split in zip(paths, shard_splits(paths), strict=True)
    ]
    files.sort(key=lambda file: (("", *SPLITS).index(file.split), natural_key(file.path)))
    where, features = _first_record(spec, files)
    schema, keys = find_schema(features, where, schema, unlabeled)
    if unlabeled:
        schema = replace(schema, label=None, text=None)
    index = index_records(files, schema, keys)
    name = _data_name(spec, paths)
    class_names = _class_names(spec, index, name, os.path.dirname(files[0].path))
    return Source(
        spec=spec,
        name=name,
        class_names=class_names,
        splits=index.splits,
        examples=index.examples(class_names),
        split_ids=index.split_ids,
    )


def _shards_in(path: Path) -> list[Path]:
    """Return the file itself, or the TFRecords in a folder, or those in its folders of splits."""
    if path.is_file():
        return [path] if is_shard(path.name) else []
    folders = [path / name for name in _folders_in(path) if split_named(name)]
    for level in ([path], folders):
        shards = [file for folder in level for file in folder.iterdir() if is_shard(file.name)]
        if shards:
            return [shard for shard in shards if shard.is_file()]
    return []


def _folders_in(path: Path) -> list[str]:
    return sorted(
        child.name for child in path.iterdir() if child.is_dir() and child.name[0] not in "._"
    )


def _first_record(spec: str, files: Sequence[RecordFile]) -> tuple[str, Mapping[str, Feature]]:
    for file in files:
        for offset, data in read_records(file.stored, file.path):
            where = f"the record at byte {offset} of {file.path}"
            return where, decode_features(data, where)
    raise InputError(f"{spec} has no records; its files are empty")


def _data_name(spec: str, paths: Sequence[str]) -> str:
    """Return the name of the only file if the spec names it, else that of the folder."""
    file = os.path.basename(paths[0])
    if os.path.basename(spec) == file:
        return name_of_data(file)
    folder = os.path.dirname(paths[0])
    return os.path.basename(folder if is_remote(folder) else os.path.abspath(folder))


def _class_names(spec: str, index: RecordIndex, data_name: str, folder: str) -> tuple[str, ...]:
    """Return the class name of each label."""
    if index.labels == (NO_LABEL,):
        return (data_name,)
    texts = index.texts
    if not texts and isinstance(index.labels[0], int):
        texts = label_texts(folder, index.schema.label)
    names: dict[str, int | str] = {}
    for label in index.labels:
        if texts and label not in texts:
            raise InputError(f"{spec}: the list of labels beside it has no label {label}")
        class_name = texts.get(label, str(label))
        if class_name in names:
            raise InputError(
                f"{spec}: labels {names[class_name]} and {label} are both named {class_name!r}; "
                "name another feature or none with --schema, or correct the list of labels"
            )
        try:
            names[safe_label(class_name)] = label
        except InputError as error:
            raise InputError(f"{spec}: {error}") from None
    return tuple(names)
