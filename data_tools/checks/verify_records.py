"""Comparison of TFRecord shards with their manifest: checksums, counts, offsets, labels, hashes."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_tools.checks.verify_files import PIXELS_DIFFER
from data_tools.errors import InputError
from data_tools.formats.dataset_info import DATASET_FILE, DatasetInfo
from data_tools.formats.example_proto import decode_example
from data_tools.formats.image_folder import QUARANTINE
from data_tools.formats.images import bytes_sha256, pixels_sha256
from data_tools.formats.manifest import (
    MANIFEST_FILE,
    REAL,
    TRAINED_ON_FILE,
    ImageRecord,
    Manifest,
)
from data_tools.formats.tfds_layout import FEATURES_FILE, INFO_FILE, Layout, read_layout
from data_tools.formats.tfrecord import ARRAY_LOAD_ERRORS, offsets_file, read_records
from data_tools.progress import progress_bar
from data_tools.sources.records import RecordLoader, record_keys, shard_paths
from data_tools.workers import ordered_results


@dataclass(frozen=True)
class _ExpectedShard:
    """A shard, its number of records, and the manifest line of the first one."""

    path: Path
    num_records: int
    first_line: int


@dataclass(frozen=True)
class _ShardTask:
    """Task that checks some shards, in any process."""

    shards: tuple[_ExpectedShard, ...]
    manifest: Manifest
    layout: Layout

    def __call__(self, indices: range) -> list[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, about pixels that it decodes.
            return [text for index in indices for text in self._problems(self.shards[index])]

    def _problems(self, shard: _ExpectedShard) -> Iterator[str]:
        name = shard.path.name
        if not shard.path.is_file():
            yield f"missing: {name!r}"
            return
        offsets = []
        keys = record_keys(self.layout)
        try:
            for index, record in enumerate(read_records(shard.path)):
                offsets.append(record.offset)
                if index < shard.num_records:
                    line = self.manifest[shard.first_line + index]
                    loader = RecordLoader(name, record.offset, keys, index)
                    if difference := self._difference(record.data, line, loader):
                        yield f"changed: {name!r}, record {index} ({line.path!r}): {difference}"
        except InputError as error:
            yield f"damaged: {name!r}: {error}"
            return
        if len(offsets) != shard.num_records:
            yield f"changed: {name!r} has {len(offsets)} records instead of {shard.num_records}"
        yield from _offset_problems(shard.path, offsets)

    def _difference(self, data: bytes, line: ImageRecord, loader: RecordLoader) -> str:
        features = decode_example(data, "the record")
        image = features.get(self.layout.image_key)
        if not isinstance(image, bytes) or bytes_sha256(image) != line.sha256:
            return "its image differs"
        if line.label not in self.layout.class_names:
            return f"the manifest has label {line.label!r}, which is not in {DATASET_FILE}"
        expected = {
            self.layout.label_key: self.layout.class_names.index(line.label),
            "filename": line.path.encode("utf-8", "surrogateescape"),
            "group": (line.group or "").encode("utf-8", "surrogateescape"),
            "synthetic": int(line.origin != REAL),
        }
        differing = [key for key, value in expected.items() if features.get(key) != value]
        if differing:
            return f"its {differing[0]} differs"
        return self._difference_of_pixels(data, line, loader)

    def _difference_of_pixels(self, data: bytes, line: ImageRecord, loader: RecordLoader) -> str:
        if line.pixels_sha256 is None:
            return ""
        try:
            pixels = loader.pixels(data)
        except InputError:
            return "its image cannot be decoded"
        return "" if pixels_sha256(pixels) == line.pixels_sha256 else PIXELS_DIFFER


def record_problems(
    folder: Path, info: DatasetInfo, manifest: Manifest, num_workers: int
) -> Iterator[str]:
    """Yield a line for each missing, changed, damaged or unexpected file or record.

    Args:
      folder: folder of the shards.
      info: content of ``dataset.json``.
      manifest: manifest of the data set, in the order of the records.
      num_workers: number of processes.

    Raises:
      InputError: the metadata is damaged.
    """
    layout = read_layout(folder)
    if layout.class_names != info.classes:
        yield f"changed: {layout.label_key}.labels.txt: its classes differ from {DATASET_FILE}"
        return
    shards = []
    num_records = 0
    for split, sharded in layout.splits.items():
        paths = shard_paths(folder, layout, split)
        for path, length in zip(paths, sharded.shard_lengths, strict=True):
            shards.append(_ExpectedShard(path, length, num_records))
            num_records += length
    if num_records != len(manifest):
        yield f"changed: {INFO_FILE} states {num_records} records, the manifest {len(manifest)}"
        return
    task = _ShardTask(tuple(shards), manifest, layout)
    ranges = [range(index, index + 1) for index in range(len(shards))]
    with (
        progress_bar("verify", len(manifest)) as bar,
        ordered_results(task, ranges, num_workers) as results,
    ):
        for shard, problems in zip(shards, results, strict=True):
            yield from problems
            bar.update(shard.num_records)
    known = {shard.path.name for shard in shards}
    known |= {offsets_file(shard.path).name for shard in shards}
    known |= {MANIFEST_FILE, DATASET_FILE, TRAINED_ON_FILE, QUARANTINE, INFO_FILE, FEATURES_FILE}
    known.add(f"{layout.label_key}.labels.txt")
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield f"unexpected: {path.name!r}"


def _offset_problems(shard: Path, offsets: list[int]) -> Iterator[str]:
    file = offsets_file(shard)
    if not file.is_file():
        yield f"missing: {file.name!r}"
        return
    try:
        stored = np.load(file, allow_pickle=False)
    except ARRAY_LOAD_ERRORS:
        yield f"damaged: {file.name!r}"
        return
    if not np.array_equal(stored, offsets):
        yield f"changed: {file.name!r}"
