"""Names of splits, and folders around a data set."""

import pytest
from image_folders import convert, labeled_folder, tree, write_csv

from data_tools.errors import Caution, InputError
from data_tools.formats.dataset_info import SPLIT_WORDS, SPLITS, split_named
from data_tools.formats.manifest import read_manifest
from data_tools.sources import open_source

NAMES = {word: split for split, words in SPLIT_WORDS.items() for word in words}


def spellings(word):
    return [word, word.title(), word.upper(), f"{word}_set", f"{word} Set", f"{word}-set"]


def test_a_word_means_one_split_in_every_spelling():
    assert tuple(SPLIT_WORDS) == SPLITS
    assert len(NAMES) == sum(map(len, SPLIT_WORDS.values()))
    for word, split in NAMES.items():
        assert {split_named(name) for name in spellings(word)} == {split}
    for word in ("", "trains", "holdout", "train2", "seg_train", "fold1", "eval", "_set"):
        assert split_named(word) is None


@pytest.mark.parametrize("word", sorted(set(NAMES) - set(SPLITS)))
def test_a_folder_of_another_name_is_read_as_its_split_and_that_is_said(tmp_path, word):
    # Its own split is left out of the others, which have their usual names.
    split = NAMES[word]
    others = [name for name in SPLITS if name != split]
    root = labeled_folder(
        tmp_path, {f"{name}/{label}": 2 for name in (word, *others) for label in "ab"}
    )
    with pytest.warns(Caution, match=f"read as splits: '{word}' as '{split}'$") as cautions:
        source = open_source(root)
    assert len(cautions) == 1
    assert (source.splits, source.class_names) == (SPLITS, ("a", "b"))
    files = tree(root)
    for example in source.examples:
        name = word if example.split == split else example.split
        assert example.path == f"{example.split}/{example.label}/{example.path[-7:]}"
        assert example.read() == files[f"{name}/{example.label}/{example.path[-7:]}"]


def test_the_usual_names_are_read_without_a_word(tmp_path):
    sizes = {"train/a": 3, "train/b": 2, "test/a": 1, "validation/b": 1}
    assert open_source(labeled_folder(tmp_path, sizes)).splits == SPLITS


def test_manifests_have_the_usual_names(tmp_path):
    root = labeled_folder(tmp_path / "in", {"Training/a": 2, "val/a": 1, "TESTING/a": 1})
    said = "'Training' as 'train', 'val' as 'validation', 'TESTING' as 'test'"
    for op in ("idx_to_images", "convert_to_tfrecords"):
        with pytest.warns(Caution, match=said):
            convert(op, root, tmp_path / op)
    folders = (tmp_path / "idx_to_images", tmp_path / "convert_to_tfrecords" / "1.0.0")
    for folder in folders:
        assert {(one.path, one.split) for one in read_manifest(folder)} == {
            ("train/a/000.png", "train"),
            ("train/a/001.png", "train"),
            ("validation/a/000.png", "validation"),
            ("test/a/000.png", "test"),
        }
        assert open_source(folder).splits == SPLITS


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        # Two names of one split: 2 + 1 images, of which none may be preferred.
        ({"val/a": 2, "valid/a": 1, "train/a": 1}, "'val' and 'valid' .* mean .* 'validation'"),
        ({"train/a": 2, "Train/a": 1}, "'Train' and 'train' .* mean .* 'train'"),
        (
            {"train/a": 2, "holdout/a": 2, "holdout/b": 1},
            "'holdout' in .* .3 images. does not name a split",
        ),
        ({"train/a": 2, "images": 4}, "'images' in .*4 images.* does not name a split"),
        ({"train/a": 2, "x/a": 1, "y/a": 1}, "'x', 'y' in .*2 images"),
    ],
)
def test_folders_beside_splits_that_are_none_are_named(tmp_path, sizes, message):
    with pytest.raises(InputError, match=message) as raised:
        open_source(labeled_folder(tmp_path, sizes), allow_unexpected=True)
    assert "on_bad" not in str(raised.value)


def test_an_empty_split_is_named(tmp_path):
    labeled_folder(tmp_path, {"train/a": 2})
    (tmp_path / "test").mkdir()
    with pytest.raises(InputError, match="/test has no images; add some or remove it"):
        open_source(tmp_path)
    (tmp_path / "test").rmdir()
    assert open_source(tmp_path).splits == ("train",)


def test_splits_of_images_without_labels_are_labels_or_one_class(tmp_path):
    root = labeled_folder(tmp_path / "faces", {"train": 3, "Test": 2})
    said = "'Test' and 'train' would name a split, .* read as a label; .* pass --unlabeled"
    with pytest.warns(Caution, match=said):
        source = open_source(root)
    assert (source.splits, source.class_names) == ((), ("Test", "train"))
    with pytest.warns(Caution, match="'Test' as 'test'"):
        source = open_source(root, unlabeled=True)
    assert (source.splits, source.class_names) == (("train", "test"), ("faces",))
    assert [example.path for example in source.examples] == [
        *("train/faces/000.png", "train/faces/001.png", "train/faces/002.png"),
        *("test/faces/000.png", "test/faces/001.png"),
    ]
    files = tree(root)
    assert [one.read() for one in source.select("test").examples] == [
        files["Test/000.png"],
        files["Test/001.png"],
    ]


@pytest.mark.parametrize(
    ("prefix", "said"),
    [("in", "has only the folder .*/in/in"), ("photos", "has only the folder .*/in/photos")],
)
@pytest.mark.parametrize("depth", [1, 3])
def test_a_folder_that_is_all_that_a_folder_has_is_read(tmp_path, prefix, said, depth):
    folders = "/".join([prefix] * depth)
    labeled_folder(tmp_path / "in" / folders, {"train/a": 2, "test/a": 1})
    with pytest.warns(Caution, match=said):
        source = open_source(tmp_path / "in")
    assert (source.name, source.splits) == (prefix, ("train", "test"))
    assert [one.path for one in source.examples][0] == "train/a/000.png"


def test_a_data_set_of_any_kind_may_be_the_only_folder(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2, "b": 1})
    for op in ("idx_to_images", "convert_to_tfrecords"):
        data = convert(op, root, tmp_path / op / "data")
        with pytest.warns(Caution, match="has only the folder"):
            source = open_source(tmp_path / op)
        assert source.fingerprint == open_source(data).fingerprint


@pytest.mark.parametrize("start", ["", "photos/", "in/photos/", "data/in/photos/"])
def test_a_table_may_name_the_folders_around_a_data_set(tmp_path, start):
    labeled_folder(tmp_path / "in" / "photos", {"a": 2, "b": 1})
    ids = [f"{start}{name}" for name in ("a/000.png", "a/001.png", "b/000.png")]
    table = write_csv(tmp_path / "t.csv", [("image", "label"), *zip(ids, "xyx", strict=True)])
    with pytest.warns(Caution, match="has only the folder"):
        out = convert("sort_by_csv", tmp_path / "in", tmp_path / "out", f"--csv={table}")
    assert {one.path for one in read_manifest(out)} == {"x/000.png", "y/001.png", "x/000_2.png"}


def test_what_is_hidden_around_a_data_set_is_named(tmp_path):
    labeled_folder(tmp_path / "in" / "x" / "photos", {"a/b": 1, "a/c": 1, "d/b": 1})
    labeled_folder(tmp_path / "in", {".cache": 1, "x/.git": 1})
    with pytest.warns(Caution, match="has only the folder"):
        source = open_source(tmp_path / "in", nested="join", allow_unexpected=True)
    assert source.class_names == ("a_b", "a_c", "d_b")
    assert [file.path for file in source.unexpected_files] == ["x/.git", ".cache"]


def test_a_single_label_or_split_is_no_folder_around_a_data_set(tmp_path):
    source = open_source(labeled_folder(tmp_path / "one", {"a": 2}))
    assert source.class_names == ("a",)
    source = open_source(labeled_folder(tmp_path / "two", {"train/a": 2, "train/b": 1}))
    assert (source.splits, source.class_names) == (("train",), ("a", "b"))


def test_folders_of_the_same_name_inside_each_other_are_one(tmp_path):
    sizes = {"train/train/a": 2, "train/train/b": 1, "test/test/test/a/a": 1}
    with pytest.warns(Caution) as cautions:
        source = open_source(labeled_folder(tmp_path, sizes))
    said = sorted(str(one.message).partition(": ")[2] for one in cautions)
    assert said == [
        "folders inside folders of the same name are read as one: 'test/test/test/a/a'",
        "read as splits: 'train/train' as 'train', 'test/test/test' as 'test'",
    ]
    assert [example.path for example in source.examples] == [
        *("train/a/000.png", "train/a/001.png", "train/b/000.png", "test/a/000.png"),
    ]
