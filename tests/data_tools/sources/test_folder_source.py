"""Folders of images as a source."""

import os
import shutil

import numpy as np
import pytest
from image_folders import labeled_folder, random_image, write_files

from data_tools.errors import Caution, InputError
from data_tools.formats.images import encode_png
from data_tools.sources import is_flat_folder, open_source, split_or_all


def test_a_folder_has_classes_and_files_in_natural_order(tmp_path):
    image = encode_png(random_image(1))
    names = ["label_10/b10.png", "label_10/b9.png", "label_2/x y.png", "label_1/\u00fc.png"]
    write_files(tmp_path / "root", dict.fromkeys(names, image))
    source = open_source(tmp_path / "root")
    assert source.class_names == ("label_1", "label_2", "label_10")
    assert [example.path for example in source.examples] == [
        "label_1/\u00fc.png",
        "label_2/x y.png",
        "label_10/b9.png",
        "label_10/b10.png",
    ]
    assert source.splits == ()
    assert source.name == "root"
    example = source.examples[0]
    assert (example.split, example.group, example.origin) == ("", None, "real")
    assert example.read() == image
    np.testing.assert_array_equal(example.pixels(), random_image(1))


def test_a_split_folder_has_splits(tmp_path):
    labeled_folder(tmp_path, {"train/a": 3, "train/b": 2, "test/a": 1})
    source = open_source(tmp_path)
    assert source.splits == ("train", "test")
    assert source.class_names == ("a", "b")
    test = source.select("test")
    assert [example.path for example in test.examples] == ["test/a/000.png"]
    assert test.class_names == ("a", "b")
    assert len(split_or_all(source, "train").examples) == 5
    with pytest.raises(InputError, match="no split 'validation', only train, test"):
        split_or_all(source, "validation")


def test_any_split_of_an_unsplit_source_is_the_whole_source(tmp_path):
    source = open_source(labeled_folder(tmp_path, {"a": 2}))
    assert split_or_all(source, "test") is source


def test_an_unlabeled_folder_is_one_class_on_request(tmp_path):
    root = write_files(tmp_path / "faces", {"b.png": encode_png(random_image(1)), ".DS_Store": b""})
    source = open_source(root, unlabeled=True)
    assert source.class_names == ("faces",)
    assert [example.path for example in source.examples] == ["faces/b.png"]
    assert source.examples[0].pixels().shape == (8, 6, 3)
    with pytest.raises(InputError, match="no label folders.*--unlabeled"):
        open_source(root)


@pytest.mark.parametrize("name", ["sklearn", "tfds"])
def test_a_folder_may_be_named_like_a_library(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path / name, {"a.png": encode_png(random_image(1))})
    assert is_flat_folder(name)
    assert len(open_source(name, unlabeled=True).examples) == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "is empty"),
        ({"x.png": b"x"}, "no label folders"),
        ({"a/x.png": b"x", "readme.md": b""}, "'readme.md' .* is neither a label folder nor"),
        ({"a/x.png": b"x", "a/deep/y.txt": b"y"}, "'a/deep' .* is a folder without images"),
        ({"a/x.png": b"x", ".hidden/y.png": b"y"}, "'.hidden' .* is hidden"),
        ({"a/x.png": b"x", "a/.hidden.png": b"y"}, "'a/.hidden.png' .* is hidden"),
        ({"train/a/x.png": b"", "train/y.md": b""}, "'train/y.md' .* is neither a label folder"),
    ],
)
def test_another_layout_is_refused(tmp_path, files, message):
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match=message):
        open_source(write_files(tmp_path / "root", files))


def test_hidden_folders_are_neither_labels_nor_splits(tmp_path):
    checkpoints = ".ipynb_checkpoints/x.png"
    labeled_folder(tmp_path / "in", {"train": 1, "test": 1})
    write_files(tmp_path / "in", {f"{split}/{checkpoints}": b"x" for split in ("train", "test")})
    with pytest.warns(Caution, match="'test' and 'train' would name a split"):
        source = open_source(tmp_path / "in", allow_unexpected=True)
    assert (source.splits, source.class_names) == ((), ("test", "train"))
    hidden = [f"{split}/.ipynb_checkpoints" for split in ("test", "train")]
    assert [unexpected.path for unexpected in source.unexpected_files] == hidden
    flat = write_files(tmp_path / "flat", {"a.png": b"x", checkpoints: b"x"})
    assert is_flat_folder(str(flat))


def test_a_label_folder_without_images_is_refused(tmp_path):
    labeled_folder(tmp_path, {"a": 1})
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="/b' has no images; add some or remove it"):
        open_source(tmp_path)


def test_links_are_followed_only_inside_the_folder(tmp_path):
    root = labeled_folder(tmp_path / "root", {"a": 2})
    (root / "a" / "link.png").symlink_to(root / "a" / "000.png")
    assert len(open_source(root).examples) == 3
    outside = tmp_path / "secret.png"
    outside.write_bytes(encode_png(random_image(1)))
    (root / "a" / "out.png").symlink_to(outside)
    with pytest.raises(InputError, match="'a/out.png' .* symbolic link that leaves the folder"):
        open_source(root)
    (root / "a" / "out.png").unlink()
    (root / "b").symlink_to(tmp_path)
    with pytest.raises(InputError, match="'b' .* symbolic link that leaves the folder"):
        open_source(root)


def test_a_link_to_a_folder_around_it_is_no_label(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1, "b": 1})
    (root / "self").symlink_to(".")
    (root / "c").symlink_to("a")
    source = open_source(root, allow_unexpected=True)
    # A link to another label folder is followed; one that would be read without an end is not.
    assert source.class_names == ("a", "b", "c")
    assert source.unexpected_files == (("self", "is a symbolic link to a folder that it lies in"),)


def test_links_that_lead_nowhere_are_named_with_their_reason(tmp_path):
    root = labeled_folder(tmp_path / "root", {"a": 2})
    (root / "a" / "gone.png").symlink_to(root / "a" / "nothing.png")
    (root / "a" / "loop.png").symlink_to(root / "a" / "loop.png")
    (root / "a" / "up").symlink_to(root)
    (root / "b").mkdir()
    (root / "b" / "gone.png").symlink_to(root / "nothing.png")
    with pytest.raises(InputError, match=r"b' has no images \('b/gone.png' .* link to nothing\)"):
        open_source(root)
    shutil.rmtree(root / "b")
    source = open_source(root, allow_unexpected=True)
    assert len(source.examples) == 2
    assert dict(source.unexpected_files) == {
        "a/gone.png": "is a symbolic link to nothing",
        "a/loop.png": "is a symbolic link in a circle",
        "a/up": "is a symbolic link to a folder that it lies in",
    }


def test_a_pipe_in_a_label_folder_is_refused_without_reading(tmp_path):
    labeled_folder(tmp_path, {"a": 1})
    os.mkfifo(tmp_path / "a" / "pipe.png")
    with pytest.raises(InputError, match="'a/pipe.png' .* not a regular file"):
        open_source(tmp_path)
