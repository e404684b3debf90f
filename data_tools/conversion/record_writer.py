"""Writing of a plan as TFRecords in the layout of TensorFlow Datasets, with its manifest."""

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_tools.conversion.bad_images import BadImages
from data_tools.conversion.folder_writer import finish_dataset
from data_tools.conversion.mode_conversion import UnfitImagesError
from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import Preparation, PreparedImage
from data_tools.conversion.record_schema import (
    RecordOptions,
    RecordStore,
    image_kind,
    serialize_record,
)
from data_tools.conversion.tally import PreparedTally
from data_tools.errors import InputError
from data_tools.formats.dataset_info import SPLITS, DatasetInfo
from data_tools.formats.manifest import MANIFEST_FILE
from data_tools.formats.tfds_layout import (
    VERSION,
    Layout,
    ShardedSplit,
    shard_name,
    tfds_name,
    write_layout,
)
from data_tools.formats.tfrecord import ShardWriter, frame_record
from data_tools.progress import progress_bar
from data_tools.workers import ordered_results

#: Name of the split that TFDS sees if the data set has no splits.
UNSPLIT = "train"
_IMAGES_PER_SHARD = 4096


class Shard(NamedTuple):
    """A shard to be written: its file, its split, and its positions in the plan's order."""

    file: Path
    split: str
    start: int
    stop: int


class RecordPart(NamedTuple):
    """Result of one chunk: framed records, manifest lines, their tally, and the bad images."""

    frames: list[bytes]
    lines: str
    tally: PreparedTally
    bad: list[tuple[int, str]]


@dataclass(frozen=True)
class RecordWork:
    """Task that makes the records at some positions of a plan, in any process."""

    preparation: Preparation
    store: RecordStore
    label_ids: Mapping[str, int]

    def __call__(self, positions: range) -> RecordPart:
        """Return the framed records of the positions.

        Raises:
          UnfitImagesError: if an image does not fit the options or the others.
        """
        images: list[PreparedImage] = []
        bad = []
        for position in positions:
            try:
                images += self.preparation.images(position, self.store)
            except UnfitImagesError:
                raise
            except InputError as error:
                bad.append((position, str(error)))
        # One kind of work after the other: interleaved, they take a third longer, because each
        # evicts the other's code from the CPU's caches.
        frames = [frame_record(serialize_record(image, self.label_ids)) for image in images]
        lines = "".join(f"{image.record.to_json()}\n" for image in images)
        tally = PreparedTally()
        for image in images:
            tally.add_prepared(image)
        return RecordPart(frames, lines, tally, bad)


class SpooledPart(NamedTuple):
    """A part whose frames are in a file: the file, the length of each frame, and the rest."""

    file: Path
    lengths: list[int]
    part: RecordPart


@dataclass(frozen=True)
class SpooledWork:
    """Task that writes records to a file, because a pipe would take a tenth of the time."""

    work: RecordWork
    folder: Path

    def __call__(self, positions: range) -> SpooledPart:
        """Return the part of the positions; the caller removes its file."""
        part = self.work(positions)
        file = self.folder / str(positions.start)
        file.write_bytes(b"".join(part.frames))
        return SpooledPart(file, [len(frame) for frame in part.frames], part._replace(frames=[]))


@dataclass(frozen=True)
class RecordJob:
    """Everything that is decided before the first record is written.

    Attributes:
      plan: the plan, in the order of the records.
      shards: the shards, in the order of their records.
      work: makes the records.
    """

    plan: Plan
    shards: tuple[Shard, ...]
    work: RecordWork


def write_records(plan: Plan, folder: Path, options: RecordOptions) -> DatasetInfo:
    """Write the images of a plan as shards, with metadata and manifest, into an empty folder.

    Raises:
      InputError: for a bad image under ``--on_bad=fail``, for mixed modes without ``--mode``, or
        if no image is left.
    """
    folder = folder / VERSION
    folder.mkdir()
    job = record_job(plan, folder, options)
    bad_images = BadImages(folder, options)
    tally = PreparedTally()
    lengths: dict[Path, int] = {}
    ranges = [chunk for shard in job.shards for chunk in job.plan.chunks(shard.start, shard.stop)]
    with (
        open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest,
        progress_bar(options.operation, len(job.plan.order)) as bar,
        tempfile.TemporaryDirectory(prefix=".parts-", dir=folder) as spool,
        ordered_results(SpooledWork(job.work, Path(spool)), ranges, options.num_workers) as results,
    ):
        parts = zip(ranges, results, strict=True)
        for shard in job.shards:
            with ShardWriter(shard.file) as writer:
                stop = shard.start
                while stop < shard.stop:
                    positions, (file, frame_lengths, part) = next(parts)
                    stop = positions.stop
                    bad_images.add(job.plan, part.bad)
                    writer.write_file(file, frame_lengths)
                    file.unlink()
                    manifest.write(part.lines)
                    tally.merge(part.tally)
                    bar.update(len(positions))
            lengths[shard.file] = writer.num_records
    return finish_records(job, folder, options, tally, bad_images, lengths)


def record_job(plan: Plan, folder: Path, options: RecordOptions) -> RecordJob:
    """Return the order, the shards and the kind of the images.

    Raises:
      InputError: if a label cannot be a line of a text file, or no image can be read.
    """
    for label in plan.class_names:
        if len(label.splitlines()) != 1:
            raise InputError(f"label {label!r} has a line break; rename its folder")
        if any("\ud800" <= character <= "\udfff" for character in label):
            raise InputError(f"label {label!r} is not UTF-8; rename its folder")
    name = tfds_name(options.name)
    orders = _shuffled_by_split(plan, options.seed)
    shards = []
    start = 0
    for split, order in orders.items():
        bounds = start + _shard_bounds(len(order), options.num_shards)
        num_shards = len(bounds) - 1
        for index in range(num_shards):
            file = folder / shard_name(name, split or UNSPLIT, index, num_shards)
            shards.append(Shard(file, split, int(bounds[index]), int(bounds[index + 1])))
        start += len(order)
    plan = replace(plan, order=np.concatenate(list(orders.values())))
    work = RecordWork(
        Preparation(plan, options),
        RecordStore(image_kind(plan, options), options),
        {label: index for index, label in enumerate(plan.class_names)},
    )
    return RecordJob(plan, tuple(shards), work)


def finish_records(
    job: RecordJob,
    folder: Path,
    options: RecordOptions,
    tally: PreparedTally,
    bad_images: BadImages,
    lengths: Mapping[Path, int],
) -> DatasetInfo:
    """Write info and metadata next to the finished shards.

    Args:
      job: what was written.
      folder: where it was written.
      options: options of the conversion.
      tally: tally of all records.
      bad_images: what was left out.
      lengths: number of records in each shard.
    """
    kind = job.work.store.kind
    splits = {
        split or UNSPLIT: _sharded_split(shards, lengths)
        for split, shards in _by_split(job.shards).items()
    }
    extra = {
        "encoding": options.encoding,
        "mode": kind.mode,
        "shard_lengths": {name: list(split.shard_lengths) for name, split in splits.items()},
    }
    info = finish_dataset(job.plan, folder, options, tally, bad_images, extra)
    layout = Layout(
        name=tfds_name(options.name),
        splits=splits,
        class_names=info.classes,
        shape=info.shape,
        dtype="uint16" if kind.mode == "I;16" else "uint8",
        is_raw=options.encoding == "raw",
    )
    write_layout(folder, layout, f"{info.num_images} labeled images written by data_tools.")
    return info


def _shuffled_by_split(plan: Plan, seed: int) -> dict[str, np.ndarray]:
    """Return the plan's indices by split, each shuffled by the seed and the split's position."""
    order = np.fromiter(plan.order, np.int32, len(plan.order))
    names = ("", *SPLITS)
    split_ids = np.zeros(len(order), np.int8)
    if plan.examples.are_split or plan.place is not None:
        split_ids[:] = [names.index(plan.target(i)[1].split) for i in range(len(order))]
    orders = {}
    for split_id, split in enumerate(names):
        indices = order[split_ids == split_id]
        if len(indices):
            np.random.default_rng([seed, split_id]).shuffle(indices)
            orders[split] = indices
    return orders


def _shard_bounds(num_images: int, num_shards: int | None) -> np.ndarray:
    """Return where each shard starts, and the end; the shards have nearly the same length."""
    num_shards = min(num_shards or math.ceil(num_images / _IMAGES_PER_SHARD), num_images)
    return np.arange(num_shards + 1) * num_images // num_shards


def _by_split(shards: Sequence[Shard]) -> dict[str, list[Shard]]:
    by_split: dict[str, list[Shard]] = {}
    for shard in shards:
        by_split.setdefault(shard.split, []).append(shard)
    return by_split


def _sharded_split(shards: Iterable[Shard], lengths: Mapping[Path, int]) -> ShardedSplit:
    return ShardedSplit(
        tuple(lengths[shard.file] for shard in shards),
        sum(shard.file.stat().st_size for shard in shards),
    )
