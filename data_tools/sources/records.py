"""A folder of TFRecords in the layout of TensorFlow Datasets, with or without our manifest."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.manifest import MANIFEST_FILE, ImageRecord, read_trained_on
from data_tools.formats.tfds_layout import (
    Layout,
    Shard,
    read_layout,
    record_indices,
    version_folder,
)
from data_tools.sources.record_folder import RecordFolder, local_record_folder
from data_tools.sources.record_loaders import RecordLoader, RecordLoaders, record_keys
from data_tools.sources.source import (
    LazyExamples,
    ManifestExamples,
    Source,
    read_checked_manifest,
)
from data_tools.sources.unlisted_records import open_unlisted_records


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the path is a folder that has, or whose version has, the metadata of TFDS."""
    return path is not None and path.is_dir() and version_folder(path) is not None


def open_spec(spec: str, folder: Path, unlabeled: bool) -> Source:
    """Open the data set in a local folder; see ``open_records``."""
    return open_records(spec, local_record_folder(version_folder(folder)))


def open_records(spec: str, folder: RecordFolder, pattern: str | None = None) -> Source:
    """Open the shards; paths, groups and origins come from our manifest if there is one.

    Args:
      spec: spec of the data set, in error messages.
      folder: folder of the shards.
      pattern: names of the shards to read; None for all.

    Raises:
      InputError: the data set is damaged or incomplete, or has no shard of these names.
    """
    with folder.naming_address():
        layout = read_layout(folder.metadata)
        shards = _selected_shards(spec, folder, layout, pattern)
        info = read_dataset_info(folder.metadata)
        if info is None or MANIFEST_FILE not in folder.sizes:
            return open_unlisted_records(spec, folder, layout, shards)
        selected = {shard.split for shard in shards}
        info = replace(info, splits=tuple(split for split in info.splits if split in selected))
        manifest, split_ids = read_checked_manifest(spec, folder.metadata, info)
        loaders = RecordLoaders(record_keys(layout))
        for shard in shards:
            offsets = folder.read_offsets(shard.name)
            loaders.add_shard(shard, folder.shard_path(shard.name), offsets)
        if len(manifest) != layout.num_records:
            raise InputError(
                f"{folder.address}: the manifest lists {len(manifest)} images, the shards have "
                f"{layout.num_records}; see data_tools verify"
            )
        make = ManifestExamples(
            manifest, partial(_loader_of, loaders), loads_as_hashed=not layout.is_raw
        )
        indices = record_indices(shards)
        return Source(
            spec=spec,
            name=info.name,
            class_names=info.classes,
            splits=info.splits,
            examples=LazyExamples(make, indices),
            trained_on=tuple(read_trained_on(folder.metadata)),
            folder=folder.local,
            split_ids=_at(np.asarray(split_ids), indices),
            shape=info.common_shape,
        )


def _selected_shards(
    spec: str, folder: RecordFolder, layout: Layout, pattern: str | None
) -> list[Shard]:
    """Return the shards in the order of their records, all of which exist."""
    shards = list(layout.shards())
    if pattern is not None:
        shards = [
            shard
            for shard in shards
            if fnmatchcase(shard.name, pattern) and shard.name in folder.sizes
        ]
        if not shards:
            raise InputError(f"{spec} names no shard of {layout.name}; check the pattern")
    for shard in shards:
        if folder.sizes.get(shard.name) is None:
            raise InputError(f"{folder.address}/{shard.name} is missing; convert again")
    return shards


def _at(values: np.ndarray, indices: Sequence[int]) -> np.ndarray:
    """Return values by index, without a copy if the indices are a range."""
    is_range = isinstance(indices, range)
    return values[indices.start : indices.stop] if is_range else values[indices]


def _loader_of(loaders: RecordLoaders, index: int, record: ImageRecord) -> RecordLoader:
    return loaders(index)
