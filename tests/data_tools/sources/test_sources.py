import os
import time

import numpy as np
import pytest
from image_folders import convert, labeled_folder, random_image, tree, write_files

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256, encode_png
from data_tools.sources import SOURCES, is_flat_folder, open_source, split_or_all

TESTED_KINDS = {"sklearn", "tfds", "records", "idx", "folder"}


def test_every_kind_of_source_has_a_test():
    assert set(SOURCES) == TESTED_KINDS


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


def test_a_split_root_gives_its_splits(tmp_path):
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


def test_a_source_without_splits_is_every_split_of_itself(tmp_path):
    source = open_source(labeled_folder(tmp_path, {"a": 2}))
    assert split_or_all(source, "test") is source


def test_classes_may_be_called_train_and_test_if_they_hold_images(tmp_path):
    source = open_source(labeled_folder(tmp_path, {"train": 1, "test": 1}))
    assert (source.splits, source.class_names) == ((), ("test", "train"))


def test_an_unlabeled_folder_is_one_class_on_request(tmp_path):
    root = write_files(tmp_path / "faces", {"b.png": encode_png(random_image(1)), ".DS_Store": b""})
    source = open_source(root, unlabeled=True)
    assert source.class_names == ("faces",)
    assert [example.path for example in source.examples] == ["faces/b.png"]
    assert source.examples[0].pixels().shape == (8, 6, 3)
    with pytest.raises(InputError, match="no label folders.*--unlabeled"):
        open_source(root)


def test_a_relative_path_is_sought_here_and_then_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_TF_DATA_DIR", str(tmp_path / "data"))
    labeled_folder(tmp_path / "data" / "set", {"a": 1})
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert len(open_source("set").examples) == 1
    labeled_folder(tmp_path / "here" / "set", {"a": 2})
    assert len(open_source("set").examples) == 2
    with pytest.raises(InputError, match=r"no folder 'other' here, nor in \$GAN_TF_DATA_DIR"):
        open_source("other")


@pytest.mark.parametrize("name", ["sklearn", "tfds"])
def test_a_folder_may_bear_the_name_of_a_library(tmp_path, monkeypatch, name):
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
        ({"a/x.png": b"x", "a/deep/y.png": b"y"}, "'a/deep' .* folder inside a label folder"),
        ({"a/x.png": b"x", ".hidden/y.png": b"y"}, "'.hidden' .* is hidden"),
        ({"a/x.png": b"x", "a/.hidden.png": b"y"}, "'a/.hidden.png' .* is hidden"),
        ({"train/a/x.png": b"", "train/y.png": b""}, "'train/y.png' .* not a label folder"),
    ],
)
def test_a_root_that_is_laid_out_otherwise_is_refused(tmp_path, files, message):
    (tmp_path / "root").mkdir()
    with pytest.raises(InputError, match=message):
        open_source(write_files(tmp_path / "root", files))


def test_what_is_hidden_is_no_label_and_makes_no_split(tmp_path):
    checkpoints = ".ipynb_checkpoints/x.png"
    labeled_folder(tmp_path / "in", {"train": 1, "test": 1})
    write_files(tmp_path / "in", {f"{split}/{checkpoints}": b"x" for split in ("train", "test")})
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


def test_links_are_followed_inside_the_folder_only(tmp_path):
    root = labeled_folder(tmp_path / "root", {"a": 2})
    (root / "a" / "link.png").symlink_to(root / "a" / "000.png")
    assert len(open_source(root).examples) == 3
    outside = tmp_path / "secret.png"
    outside.write_bytes(encode_png(random_image(1)))
    (root / "a" / "out.png").symlink_to(outside)
    with pytest.raises(InputError, match="'a/out.png' .* symbolic link out of the folder"):
        open_source(root)
    (root / "a" / "out.png").unlink()
    (root / "b").symlink_to(tmp_path)
    with pytest.raises(InputError, match="'b' .* symbolic link out of the folder"):
        open_source(root)


def test_a_pipe_in_a_label_folder_is_refused_not_read(tmp_path):
    labeled_folder(tmp_path, {"a": 1})
    os.mkfifo(tmp_path / "a" / "pipe.png")
    with pytest.raises(InputError, match="'a/pipe.png' .* not a regular file"):
        open_source(tmp_path)


def test_scikit_learns_digits_are_brought_to_28x28_and_0_to_255():
    from sklearn.datasets import load_digits

    source = open_source("sklearn:digits")
    stored = load_digits()
    assert (source.name, source.splits) == ("digits", ())
    assert source.class_names == tuple("0123456789")
    assert len(source.examples) == 1797
    assert [example.label for example in source.examples].count("3") == (stored.target == 3).sum()
    by_path = {example.path: example for example in source.examples}
    pixels = by_path["0/0000.png"].pixels()
    assert (pixels.shape, pixels.dtype) == ((28, 28, 1), np.uint8)
    # Bilinear enlarging keeps the mean; 0..16 becomes 0..255.
    assert pixels.mean() == pytest.approx(stored.images[0].mean() * 255 / 16, abs=1)
    assert pixels.max() > 220


def test_an_unknown_data_set_of_scikit_learn_is_refused():
    with pytest.raises(InputError, match="sklearn:iris is not known"):
        open_source("sklearn:iris")


def test_the_fingerprint_is_of_the_content_not_of_the_place(tmp_path):
    first = open_source(labeled_folder(tmp_path / "one", {"a": 2, "b": 1}))
    again = open_source(labeled_folder(tmp_path / "two", {"a": 2, "b": 1}))
    other = open_source(labeled_folder(tmp_path / "three", {"a": 3}))
    assert first.fingerprint == again.fingerprint
    assert len(first.fingerprint) == 64
    assert first.fingerprint != other.fingerprint


def test_the_fingerprint_is_the_same_with_a_manifest_as_without(tmp_path):
    root = labeled_folder(tmp_path / "one", {"a": 2, "b": 1})
    copied = convert("idx_to_images", root, tmp_path / "copy")
    assert open_source(copied).fingerprint == open_source(root).fingerprint
    records = convert("convert_to_tfrecords", root, tmp_path / "records")
    assert open_source(records).fingerprint == open_source(root).fingerprint
    assert open_source(records / "1.0.0").fingerprint == open_source(root).fingerprint


def test_the_hash_of_an_image_is_the_manifests_or_that_of_its_bytes(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    (bare,) = open_source(root).examples
    expected = bytes_sha256((root / "a" / "000.png").read_bytes())
    assert bare.content_sha256() == bare.content_sha256(bare.read()) == expected
    (recorded,) = open_source(convert("idx_to_images", root, tmp_path / "out")).examples
    (tmp_path / "out" / "a" / "000.png").unlink()
    assert recorded.content_sha256() == recorded.content_sha256(b"other") == expected


def test_records_are_a_source_like_the_folder_they_came_from(tmp_path):
    root = labeled_folder(tmp_path / "in", {"train/a": 3, "train/b": 2, "test/b": 2})
    records = open_source(convert("convert_to_tfrecords", root, tmp_path / "records"))
    folder = open_source(root)
    assert (records.class_names, records.splits) == (folder.class_names, folder.splits)
    expected = {example.path: example.read() for example in folder.examples}
    assert {example.path: example.read() for example in records.examples} == expected
    assert {example.path for example in records.select("test").examples} == {
        "test/b/000.png",
        "test/b/001.png",
    }


def test_a_file_changed_behind_its_manifest_is_noticed(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    folder = convert("idx_to_images", root, tmp_path / "out")
    (folder / "a" / "000.png").write_bytes(encode_png(random_image(99)))
    with pytest.raises(InputError, match="'a/000.png' has changed since its manifest"):
        open_source(folder).examples[0].read()


def test_a_file_missing_or_foreign_to_its_manifest_is_noticed(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    folder = convert("idx_to_images", root, tmp_path / "out")
    (folder / "a" / "new.png").write_bytes(encode_png(random_image(99)))
    with pytest.raises(InputError, match="'a/new.png' is not in its manifest"):
        open_source(folder)
    (folder / "a" / "new.png").unlink()
    (folder / "a" / "001.png").unlink()
    with pytest.raises(InputError, match="'a/001.png' of its manifest is missing"):
        open_source(folder)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("manifest.jsonl", "{}\n", "manifest.jsonl, line 1 is damaged"),
        ("manifest.jsonl", "[1]\n", "manifest.jsonl, line 1 is damaged"),
        ("manifest.jsonl", "no json\n", "manifest.jsonl, line 1 is damaged"),
        ("dataset.json", "{}", "dataset.json is damaged"),
        ("dataset.json", "[]", "dataset.json is damaged"),
        ("dataset.json", "no json", "dataset.json is damaged"),
    ],
)
def test_a_damaged_manifest_or_card_is_named(tmp_path, file, text, message):
    folder = convert("idx_to_images", labeled_folder(tmp_path / "in", {"a": 1}), tmp_path / "out")
    (folder / file).write_text(text)
    with pytest.raises(InputError, match=message):
        open_source(folder)


@pytest.mark.parametrize("op", ["idx_to_images", "convert_to_tfrecords"])
def test_a_label_that_the_card_does_not_know_is_refused(tmp_path, op):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    (manifest,) = convert(op, root, tmp_path / "out").rglob("manifest.jsonl")
    manifest.write_text(manifest.read_text().replace('"label": "a"', '"label": "zz"', 1))
    with pytest.raises(InputError, match="has label 'zz', which is not in dataset.json"):
        open_source(tmp_path / "out")


def test_a_data_set_that_tfds_prepared_is_read_in_its_class_order(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    images = [random_image(seed) for seed in range(4)]

    class Animals(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("2.0.0")

        def _info(self):
            features = {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "id": tfds.features.Text(),
                "label": tfds.features.ClassLabel(names=["zebra", "ape"]),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features)
            )

        def _split_generators(self, manager):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            for number, image in enumerate(images):
                yield number, {"image": image, "id": str(number), "label": number % 2}

    Animals(data_dir=str(tmp_path)).download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    source = open_source("tfds:animals")
    assert source.name == "animals"
    assert source.class_names == ("zebra", "ape")
    assert source.splits == ("train",)
    assert [example.path.rpartition("/")[2] for example in source.examples] == [
        f"{number:06d}.png" for number in range(4)
    ]
    read = {(example.label, example.pixels().tobytes()) for example in source.examples}
    assert read == {
        ("zebra" if n % 2 == 0 else "ape", one.tobytes()) for n, one in enumerate(images)
    }


def test_without_network_an_unprepared_data_set_fails_fast_and_says_how(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    # An address that drops every packet (RFC 5737, for documentation only).
    monkeypatch.setattr("data_tools.sources.tfds._DOWNLOAD_HOST", ("192.0.2.1", 443))
    start = time.monotonic()
    with pytest.raises(InputError, match="no network; prepare it where") as raised:
        open_source("tfds:mnist")
    assert time.monotonic() - start < 5
    assert "t.load('mnist')" in str(raised.value)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("spec", ["tfds:", "tfds:../x", "tfds:/etc"])
def test_a_name_that_leaves_the_folder_of_tfds_is_refused(spec):
    with pytest.raises(InputError, match="does not name a data set"):
        open_source(spec)


def test_reading_changes_nothing(tmp_path):
    root = labeled_folder(tmp_path, {"a": 3, "b": 2})
    before = tree(root)
    source = open_source(root)
    assert bytes_sha256(source.examples[0].read()) == bytes_sha256(before["a/000.png"])
    assert source.fingerprint
    assert tree(root) == before
