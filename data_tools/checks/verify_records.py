"""Comparison of TFRecord shards with their manifest: checksums, counts, offsets, labels, hashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_tools.checks.verify_files import PIXELS_DIFFER
from data_tools.errors import InputError
from data_tools.folders.listing import QUARANTINE
from data_tools.formats.dataset_info import DATASET_FILE, DatasetInfo
from data_tools.formats.example_proto import decode_example
from data_tools.formats.images import bytes_sha256, pixels_sha256
from data_tools.formats.manifest import (
    MANIFEST_FILE,
    REAL,
    TRAINED_ON_FILE,
    ImageRecord,
    Manifest,
)
from data_tools.formats.tfds_layout import FEATURES_FILE, INFO_FILE, Layout, Shard, read_layout
from data_tools.formats.tfrecord import ARRAY_LOAD_ERRORS, OFFSETS_SUFFIX, read_records
from data_tools.progress import progress_bar
from data_tools.sources.record_folder import RecordFolder
from data_tools.sources.record_loaders import RecordLoader, record_keys
from data_tools.workers import ordered_results


@dataclass(frozen=True)
class _ShardTask:
    """Task that checks some shards, in any process."""

    folder: RecordFolder
    shards: tuple[Shard, ...]
    manifest: Manifest
    layout: Layout

    def __call__(self, indices: range) -> list[str]:
        return [text for index in indices for text in self._problems(self.shards[index])]

    def _problems(self, shard: Shard) -> Iterator[str]:
        name, first_record = shard.name, shard.first_record
        if self.folder.sizes.get(name) is None:
            yield f"missing: {name!r}"
            return
        offsets = []
        keys = record_keys(self.layout)
        try:
            for number, record in enumerate(read_records(self.folder.shard_path(name))):
                offsets.append(record.offset)
                if number < shard.num_records:
                    line = self.manifest[first_record + number]
                    loader = RecordLoader(name, record.offset, keys, number)
                    if difference := self._difference(record.data, line, loader):
                        yield f"changed: {name!r}, record {number} ({line.path!r}): {difference}"
        except InputError as error:
            yield f"damaged: {name!r}: {error}"
            return
        if len(offsets) != shard.num_records:
            yield f"changed: {name!r} has {len(offsets)} records instead of {shard.num_records}"
        yield from _offset_problems(self.folder.metadata / (name + OFFSETS_SUFFIX), offsets)

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
    folder: RecordFolder, info: DatasetInfo, manifest: Manifest, num_workers: int
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
    layout = read_layout(folder.metadata)
    if layout.class_names != info.classes:
        yield f"changed: {layout.label_key}.labels.txt: its classes differ from {DATASET_FILE}"
        return
    if layout.num_records != len(manifest):
        yield (
            f"changed: {INFO_FILE} states {layout.num_records} records, "
            f"the manifest {len(manifest)}"
        )
        return
    shards = tuple(layout.shards())
    task = _ShardTask(folder, shards, manifest, layout)
    ranges = [range(index, index + 1) for index in range(len(shards))]
    with (
        progress_bar("verify", len(manifest)) as bar,
        ordered_results(task, ranges, num_workers) as results,
    ):
        for shard, problems in zip(shards, results, strict=True):
            yield from problems
            bar.update(shard.num_records)
    known = {MANIFEST_FILE, DATASET_FILE, TRAINED_ON_FILE, QUARANTINE, INFO_FILE, FEATURES_FILE}
    known.add(f"{layout.label_key}.labels.txt")
    for shard in shards:
        known |= {shard.name, shard.name + OFFSETS_SUFFIX}
    for name in sorted(folder.sizes.keys() - known):
        yield f"unexpected: {name!r}"


def _offset_problems(file: Path, offsets: list[int]) -> Iterator[str]:
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
