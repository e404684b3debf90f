"""Compares TFRecord shards with their manifest: checksums, counts, offsets, labels, hashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import DATASET_FILE, DatasetInfo
from data_tools.formats.example_proto import decode_example
from data_tools.formats.image_folder import QUARANTINE
from data_tools.formats.images import bytes_sha256
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
from data_tools.sources.records import shard_paths
from data_tools.workers import ordered_results


@dataclass(frozen=True)
class ShardCheck:
    """A shard, the number of records it should have, and the number of its first line."""

    shard: Path
    length: int
    first_line: int


@dataclass(frozen=True)
class ShardsWork:
    """Reads whole shards; runs in any process."""

    checks: tuple[ShardCheck, ...]
    lines: Manifest
    layout: Layout

    def __call__(self, numbers: range) -> list[str]:
        """Returns what is wrong with some shards."""
        return [text for number in numbers for text in self._problems(self.checks[number])]

    def _problems(self, check: ShardCheck) -> Iterator[str]:
        name = check.shard.name
        if not check.shard.is_file():
            yield f"missing: {name!r}"
            return
        offsets = []
        try:
            for record in read_records(check.shard):
                number = len(offsets)
                offsets.append(record.offset)
                if number < check.length:
                    line = self.lines[check.first_line + number]
                    if what := self._difference(record.data, line):
                        yield f"changed: {name!r}, record {number} ({line.path!r}): {what}"
        except InputError as error:
            yield f"damaged: {name!r}: {error}"
            return
        if len(offsets) != check.length:
            yield f"changed: {name!r} has {len(offsets)} records, {check.length} are stated"
        yield from _offset_problems(check.shard, offsets)

    def _difference(self, data: bytes, line: ImageRecord) -> str:
        features = decode_example(data, "it")
        image = features.get(self.layout.image_key)
        if not isinstance(image, bytes) or bytes_sha256(image) != line.sha256:
            return "the image is another"
        if line.label not in self.layout.class_names:
            return f"the manifest has label {line.label!r}, which {DATASET_FILE} does not know"
        expected = {
            self.layout.label_key: self.layout.class_names.index(line.label),
            "filename": line.path.encode("utf-8", "surrogateescape"),
            "group": (line.group or "").encode("utf-8", "surrogateescape"),
            "synthetic": int(line.origin != REAL),
        }
        wrong = [key for key, value in expected.items() if features.get(key) != value]
        return f"{wrong[0]} is another" if wrong else ""


def record_problems(
    folder: Path, info: DatasetInfo, lines: Manifest, num_workers: int
) -> Iterator[str]:
    """Yields one line for each missing, changed, damaged or foreign file or record.

    Args:
      folder: of the shards.
      info: of the data set.
      lines: of the manifest, in the order of the records.
      num_workers: processes that read.

    Raises:
      InputError: if the metadata is damaged.
    """
    layout = read_layout(folder)
    if layout.class_names != info.classes:
        yield f"changed: {layout.label_key}.labels.txt: its classes are not those of {DATASET_FILE}"
        return
    checks = []
    first_line = 0
    for split, sharded in layout.splits.items():
        for shard, length in zip(
            shard_paths(folder, layout, split), sharded.shard_lengths, strict=True
        ):
            checks.append(ShardCheck(shard, length, first_line))
            first_line += length
    if first_line != len(lines):
        yield f"changed: {INFO_FILE} states {first_line} records, the manifest {len(lines)}"
        return
    work = ShardsWork(tuple(checks), lines, layout)
    ranges = [range(number, number + 1) for number in range(len(checks))]
    with (
        progress_bar("verify", len(lines)) as bar,
        ordered_results(work, ranges, num_workers) as results,
    ):
        for check, problems in zip(checks, results, strict=True):
            yield from problems
            bar.update(check.length)
    shards = [check.shard for check in checks]
    known = {shard.name for shard in shards} | {offsets_file(shard).name for shard in shards}
    known |= {MANIFEST_FILE, DATASET_FILE, TRAINED_ON_FILE, QUARANTINE, INFO_FILE, FEATURES_FILE}
    known.add(f"{layout.label_key}.labels.txt")
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield f"foreign: {path.name!r}"


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
