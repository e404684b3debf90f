"""Names of TFRecord files."""

import pytest
from image_folders import jpeg
from tensorflow_records import write_records

from data_tools.sources import open_source
from data_tools.sources.bare_records.shard_names import (
    is_shard,
    missing_shards,
    name_of_data,
    shard_splits,
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.tfrecord", "a"),
        ("a.b.tfrecords", "a.b"),
        ("train00-2071.tfrec", "train00-2071"),
        ("coco.record-00003-of-00010", "coco"),
        ("a.tfrecord.gz", "a"),
        ("a.tfrecord-00000-of-00005.gz", "a"),
        ("a-00000-of-00005.tfrecord.gz", "a"),
        ("train-00000-of-00128", "train"),
    ],
)
def test_names_of_records(name, data):
    assert is_shard(name)
    assert name_of_data(name) == data


@pytest.mark.parametrize(
    "name",
    [
        *(".a.tfrecord", "tfrecord", "a.tfrecord.txt", "a.records", "a.gz", "labels.txt"),
        *("a.tfrecord-00000-of-00002.offsets.npy", "ckpt-7.data-00000-of-00001", "a-1-of-2"),
    ],
)
def test_other_names(name):
    assert not is_shard(name)


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["train-00000-of-00002", "train-00001-of-00002"], ["train", "train"]),
        (["flowers_validation_0.tfrecord", "flowers_train_0.tfrecord"], ["validation", "train"]),
        (["VAL01.tfrec", "valid.tfrec", "x.test.tfrecord"], ["validation", "validation", "test"]),
        (["train/0.tfrec", "val/0.tfrec"], ["train", "validation"]),
        # A folder that all share says nothing, nor does a name of two splits or of none.
        (["test/a.tfrec", "test/b.tfrec"], ["", ""]),
        (["train.tfrec", "train_and_test.tfrec"], ["", ""]),
        (["train.tfrec", "other.tfrec"], ["", ""]),
        (["trainval.tfrec"], [""]),
    ],
)
def test_splits_in_names(names, splits):
    assert shard_splits(names) == splits
    assert shard_splits([f"/test/{name}" for name in names]) == splits
    assert shard_splits([f"gs://train/x/{name}" for name in names]) == splits


def test_missing_files_of_each_series():
    names = ["a/x-00000-of-00002", "a/y-00001-of-00002", "a/y-00000-of-00002", "a/z-1-of-3"]
    assert missing_shards(names) == ["x-00001-of-00002"]


def test_files_are_read_in_natural_order(tmp_path):
    for number in (10, 2, 11, 1, 9):
        write_records(tmp_path / f"{number}.tfrec", [{"image": jpeg(number), "label": 0}])
    images = [example.read() for example in open_source(tmp_path).examples]
    assert images == [jpeg(number) for number in (1, 2, 9, 10, 11)]
