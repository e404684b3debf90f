"""Names of the splits of TFRecords in the layout of TensorFlow Datasets."""

import json
import shutil

import pytest
from image_folders import convert, labeled_folder

from data_tools.errors import Caution, InputError
from data_tools.sources import open_source

NAMES = ("train", "validation", "test")


def records_with_splits(tmp_path, *names):
    """Write records without our manifest whose splits are renamed; each has 2, 3, 4 images."""
    sizes = {f"{split}/a": size for split, size in zip(NAMES, (2, 3, 4), strict=True)}
    root = labeled_folder(tmp_path / "in", dict(list(sizes.items())[: len(names)]))
    folder = convert("convert_to_tfrecords", root, tmp_path / "pets") / "1.0.0"
    for file in ("manifest.jsonl", "dataset.json"):
        (folder / file).unlink()
    info = json.loads((folder / "dataset_info.json").read_text())
    renamed = dict(zip(NAMES, names, strict=False))
    for split in info["splits"]:
        split["name"] = renamed[split["name"]]
    (folder / "dataset_info.json").write_text(json.dumps(info))
    for old, new in renamed.items():
        for file in list(folder.glob(f"pets-{old}.tfrecord*")):
            shutil.move(file, folder / file.name.replace(f"-{old}.", f"-new-{new}."))
    for file in list(folder.glob("pets-new-*")):
        shutil.move(file, folder / file.name.replace("-new-", "-"))
    return folder


def test_splits_of_other_names_are_read_and_that_is_said(tmp_path):
    folder = records_with_splits(tmp_path, "Training", "val", "testing")
    said = "read as splits: 'Training' as 'train', 'val' as 'validation', 'testing' as 'test'"
    with pytest.warns(Caution, match=said):
        source = open_source(folder)
    assert source.splits == NAMES
    assert [len(source.select(split).examples) for split in NAMES] == [2, 3, 4]


def test_a_split_that_is_none_is_refused_with_the_shards_of_another(tmp_path):
    folder = records_with_splits(tmp_path, "train", "extra")
    with pytest.raises(InputError, match="has a split 'extra', which is none of train, ") as raised:
        open_source(folder)
    (pattern,) = [part for part in str(raised.value).split("'") if "*" in part]
    assert len(open_source(pattern).examples) == 2


def test_splits_of_which_none_is_known_are_named(tmp_path):
    folder = records_with_splits(tmp_path, "cats", "dogs")
    with pytest.raises(InputError, match="'cats', which is none of train, validation, test$"):
        open_source(folder)


def test_two_splits_that_mean_the_same_are_refused_with_the_shards_of_one(tmp_path):
    folder = records_with_splits(tmp_path, "val", "valid", "test")
    with pytest.raises(InputError, match="'val' and 'valid', that mean 'validation'") as raised:
        open_source(folder)
    (pattern,) = [part for part in str(raised.value).split("'") if "*" in part]
    with pytest.warns(Caution, match="'valid' as 'validation'"):
        assert len(open_source(pattern).examples) == 3
