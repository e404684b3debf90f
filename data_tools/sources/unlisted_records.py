"""Records without our manifest: their labels are read from them, and their images are numbered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import SPLITS, split_named
from data_tools.formats.example_proto import decode_example
from data_tools.formats.manifest import REAL
from data_tools.formats.tfds_layout import Layout, Shard, record_indices
from data_tools.formats.tfrecord import read_records
from data_tools.progress import progress_bar
from data_tools.sources.record_folder import RecordFolder
from data_tools.sources.record_loaders import RecordLoader, RecordLoaders, record_keys
from data_tools.sources.source import Example, LazyExamples, Source


@dataclass(frozen=True, slots=True)
class _UnlistedExamples:
    """Examples of records without a manifest by their index in the data set.

    Attributes:
      class_names: class names in the order of their label ids.
      first_records: index of the first record of each split.
      loaders: loaders of the records.
      label_ids: int32 [num_records].
      is_jpeg: bool [num_records].
    """

    class_names: tuple[str, ...]
    first_records: Mapping[str, int]
    loaders: RecordLoaders
    label_ids: np.ndarray
    is_jpeg: np.ndarray

    def __call__(self, index: int) -> Example:
        """Return the example of a record, named by its number in the split."""
        split = [name for name, first in self.first_records.items() if first <= index][-1]
        label = self.class_names[self.label_ids[index]]
        suffix = ".jpg" if self.is_jpeg[index] else ".png"
        number = index - self.first_records[split]
        split = split_named(split)
        path = f"{split}/{label}/{number:06d}{suffix}"
        return Example(path, label, split, None, REAL, self.loaders(index))


def open_unlisted_records(
    spec: str, folder: RecordFolder, layout: Layout, shards: Sequence[Shard]
) -> Source:
    """Open a source with labels from the records, all of which are read once."""
    shards = [shard for shard in shards if split_named(shard.split)]
    if not shards:
        raise InputError(f"{folder.address} has none of the splits {', '.join(SPLITS)}")
    loaders = RecordLoaders(record_keys(layout))
    label_ids = np.empty(layout.num_records, np.int32)
    is_jpeg = np.empty(layout.num_records, bool)
    with progress_bar("reading labels", layout.num_records) as bar:
        for shard in shards:
            path = folder.shard_path(shard.name)
            offsets, shard_label_ids, shard_is_jpeg = _read_shard(path, layout)
            loaders.add_shard(shard, path, offsets)
            here = slice(shard.records.start, shard.records.stop)
            label_ids[here], is_jpeg[here] = shard_label_ids, shard_is_jpeg
            bar.update(shard.num_records)
    shards.sort(key=lambda shard: SPLITS.index(split_named(shard.split)))
    names = [split_named(shard.split) for shard in shards]
    splits = tuple(split for split in SPLITS if split in names)
    lengths = [shard.num_records for shard in shards]
    first_records = layout.first_records()
    make = _UnlistedExamples(layout.class_names, first_records, loaders, label_ids, is_jpeg)
    return Source(
        spec=spec,
        name=layout.name,
        class_names=layout.class_names,
        splits=splits,
        examples=LazyExamples(make, record_indices(shards)),
        folder=folder.local,
        split_ids=np.repeat(np.array([splits.index(name) for name in names], np.int8), lengths),
    )


def _read_shard(path: str, layout: Layout) -> tuple[np.ndarray, list[int], list[bool]]:
    """Return offset and label id of each record of a shard, and whether its image is a JPEG."""
    offsets, label_ids, is_jpeg = [], [], []
    for number, record in enumerate(read_records(path)):
        load = RecordLoader(path, record.offset, record_keys(layout), number)
        features = decode_example(record.data, load.name)
        image, label_id = features.get(layout.image_key), features.get(layout.label_key)
        if not isinstance(image, bytes) or not isinstance(label_id, int):
            raise InputError(f"{path} has a record without image or label")
        if not 0 <= label_id < len(layout.class_names):
            raise InputError(f"{path} has a record with label {label_id}")
        offsets.append(record.offset)
        label_ids.append(label_id)
        is_jpeg.append(image.startswith(b"\xff\xd8"))
    return np.array(offsets, np.int64), label_ids, is_jpeg
