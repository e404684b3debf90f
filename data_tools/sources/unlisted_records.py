"""Records that have the metadata of TFDS but not our manifest."""

from collections.abc import Sequence

from data_tools.errors import InputError
from data_tools.formats.dataset_info import SPLITS, split_named
from data_tools.formats.record_keys import RecordSchema
from data_tools.formats.tfds_layout import Layout, Shard
from data_tools.sources.bare_records.record_index import RecordFile, index_records
from data_tools.sources.record_folder import RecordFolder
from data_tools.sources.record_loaders import record_keys
from data_tools.sources.source import Source


def open_unlisted_records(
    spec: str, folder: RecordFolder, layout: Layout, shards: Sequence[Shard]
) -> Source:
    """Open a source with labels from the records, all of which are read once, and numbered names.

    Raises:
      InputError: a shard is damaged, no split is known, or a label has no class name.
    """
    files = []
    for shard in shards:
        path = folder.shard_path(shard.name)
        if split := split_named(shard.split):
            files.append(RecordFile(path, path, split, shard.num_records))
    if not files:
        raise InputError(f"{folder.address} has none of the splits {', '.join(SPLITS)}")
    files.sort(key=lambda file: SPLITS.index(file.split))
    schema = RecordSchema(layout.image_key, layout.label_key)
    index = index_records(files, schema, record_keys(layout))
    unknown = [label for label in index.labels if label not in range(len(layout.class_names))]
    if unknown:
        raise InputError(
            f"{folder.address} has a record with label {unknown[-1]}, which has no class name"
        )
    return Source(
        spec=spec,
        name=layout.name,
        class_names=layout.class_names,
        splits=index.splits,
        examples=index.examples([layout.class_names[label] for label in index.labels]),
        folder=folder.local,
        split_ids=index.split_ids,
    )
