"""Names of TFRecord files: which are recognized, and the split that a name states."""

import os
import re
from collections.abc import Sequence
from pathlib import PurePath

from data_tools.formats.dataset_info import split_named

# TFDS, slim, Kaggle and the Object Detection API; "train-00000-of-00128" is slim's ImageNet. Other
# programs number their files alike after a suffix of their own (checkpoints: ".data").
_SHARD = re.compile(
    r"(?P<name>.+)\.(?:tfrecords?|tfrec|record)(?:-\d+-of-\d+)?(?:\.gz)?"
    r"|(?P<bare_name>[^.]+)-\d{5}-of-\d{5}(?:\.gz)?"
)
_NUMBER = re.compile(r"-\d+-of-\d+$")
_NUMBERED = re.compile(r"(.*-)\d{5}-of-(\d{5})(.*)")
_WORD = re.compile(r"[a-z]+")


def is_shard(name: str) -> bool:
    """Return whether a file with this name is taken for a TFRecord file.

    >>> [is_shard(name) for name in ("a.tfrec", "train-00000-of-00128", "a.png")]
    [True, True, False]
    """
    return not name.startswith(".") and _SHARD.fullmatch(name) is not None


def name_of_data(name: str) -> str:
    """Return the name of a TFRecord file without its suffix and number.

    >>> name_of_data("flowers-00000-of-00005.tfrecord.gz")
    'flowers'
    """
    match = _SHARD.fullmatch(name)
    stem = match["name"] or match["bare_name"] if match else name
    return _NUMBER.sub("", stem)


def shard_splits(shards: Sequence[str]) -> list[str]:
    """Return the split that the name of each shard states; "" for all unless all state one.

    Folders count only where they differ, as in train/00.tfrec and val/00.tfrec.

    >>> shard_splits(["a/train00-2071.tfrec", "a/val00-9.tfrec"])
    ['train', 'validation']
    >>> shard_splits(["train/00.tfrec"])
    ['']
    """
    folder = os.path.commonpath([os.path.dirname(shard) for shard in shards])
    splits = [_split_in(os.path.relpath(shard, folder or ".")) for shard in shards]
    return splits if all(splits) else [""] * len(splits)


def missing_shards(shards: Sequence[str]) -> list[str]:
    """Return the names of files that are missing from series such as train-00000-of-00005.

    >>> missing_shards(["a/x-00000-of-00003.tfrecord", "a/x-00002-of-00003.tfrecord"])
    ['x-00001-of-00003.tfrecord']
    """
    names = {os.path.basename(shard) for shard in shards}
    matches = filter(None, map(_NUMBERED.fullmatch, names))
    expected = {
        f"{before}{number:05d}-of-{total}{after}"
        for before, total, after in {match.groups() for match in matches}
        for number in range(int(total))
    }
    return sorted(expected - names)


def _split_in(path: str) -> str:
    words = _WORD.findall(PurePath(path).as_posix().lower())
    splits = {split for word in words if (split := split_named(word))}
    return splits.pop() if len(splits) == 1 else ""
