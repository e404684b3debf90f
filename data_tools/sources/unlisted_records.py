"""Records that have the metadata of TFDS but not our manifest."""

import re
import warnings
from collections.abc import Sequence

from data_tools.errors import Caution, InputError
from data_tools.formats.dataset_info import SPLITS, split_named, split_note
from data_tools.formats.record_keys import RecordSchema
from data_tools.formats.tfds_layout import Layout, Shard
from data_tools.sources.bare_records.record_index import RecordFile, index_records
from data_tools.sources.record_folder import RecordFolder
from data_tools.sources.record_loaders import record_keys
from data_tools.sources.source import Source

_SPLIT_OF_DOMAIN = re.compile(r"(train|test)[AB]")


def open_unlisted_records(
    spec: str, folder: RecordFolder, layout: Layout, shards: Sequence[Shard]
) -> Source:
    """Open a source with labels from the records, all of which are read once, and numbered names.

    Raises:
      InputError: a shard is damaged, a split has an unknown name, or a label has no class name.
    """
    names = list(dict.fromkeys(shard.split for shard in shards))
    splits = _splits_of_domains(names) or _splits(spec, folder, layout, names)
    files = []
    for shard in shards:
        path = folder.shard_path(shard.name)
        files.append(RecordFile(path, path, splits[shard.split], shard.num_records))
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


def _splits_of_domains(names: Sequence[str]) -> dict[str, str] | None:
    """Return the splits of a data set with one of each for the domains A and B, else None.

    CycleGAN's data sets have ``trainA``, ``trainB``, ``testA`` and ``testB``; the domain is the
    label too.
    """
    matches = [_SPLIT_OF_DOMAIN.fullmatch(name) for name in names]
    return {match[0]: match[1] for match in matches} if all(matches) else None


def _splits(
    spec: str, folder: RecordFolder, layout: Layout, names: Sequence[str]
) -> dict[str, str]:
    """Return the split that each name means, and say which splits have other names.

    Raises:
      InputError: a name means no split, or the same as another.
    """
    read: dict[str, str] = {}
    for name in names:
        split = split_named(name)
        if split is None:
            known = next(filter(split_named, names), None)
            advice = (
                f"; '{_shards(folder, layout, known)}' names those of {known!r}" if known else ""
            )
            raise InputError(
                f"{spec} has a split {name!r}, which is none of {', '.join(SPLITS)}{advice}"
            )
        if split in read:
            raise InputError(
                f"{spec} has two splits, {read[split]!r} and {name!r}, that mean {split!r}; "
                f"'{_shards(folder, layout, name)}' names the shards of one"
            )
        read[split] = name
    if note := split_note(read):
        warnings.warn(f"{spec}: {note}", Caution, stacklevel=4)
    return {name: split for split, name in read.items()}


def _shards(folder: RecordFolder, layout: Layout, split: str) -> str:
    return f"{folder.address}/{layout.name}-{split}.tfrecord*"
