"""Sources of all kinds."""

import numpy as np
import pytest
from image_folders import convert, labeled_folder, tree

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256
from data_tools.sources import SOURCES, open_source

TESTED_KINDS = {"sklearn", "tfds", "shards", "records", "bare_records", "idx", "folder"}


def test_every_kind_of_source_has_a_test():
    assert set(SOURCES) == TESTED_KINDS


def test_a_relative_path_is_looked_up_here_and_then_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_TF_DATA_DIR", str(tmp_path / "data"))
    labeled_folder(tmp_path / "data" / "set", {"a": 1})
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert len(open_source("set").examples) == 1
    labeled_folder(tmp_path / "here" / "set", {"a": 2})
    assert len(open_source("set").examples) == 2
    with pytest.raises(InputError, match=r"no folder 'other' here, nor in \$GAN_TF_DATA_DIR"):
        open_source("other")


def test_digits_of_scikit_learn_are_rescaled_to_28x28_and_0_to_255():
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
    # Bilinear enlarging preserves the mean; 0..16 becomes 0..255.
    assert pixels.mean() == pytest.approx(stored.images[0].mean() * 255 / 16, abs=1)
    assert pixels.max() > 220


def test_an_unknown_data_set_of_scikit_learn_is_refused():
    with pytest.raises(InputError, match="sklearn:iris is not known"):
        open_source("sklearn:iris")


def test_the_fingerprint_depends_on_the_content_not_on_the_location(tmp_path):
    first = open_source(labeled_folder(tmp_path / "one", {"a": 2, "b": 1}))
    again = open_source(labeled_folder(tmp_path / "two", {"a": 2, "b": 1}))
    other = open_source(labeled_folder(tmp_path / "three", {"a": 3}))
    assert first.fingerprint == again.fingerprint
    assert len(first.fingerprint) == 64
    assert first.fingerprint != other.fingerprint


def test_the_fingerprint_is_the_same_with_and_without_a_manifest(tmp_path):
    root = labeled_folder(tmp_path / "one", {"a": 2, "b": 1})
    copied = convert("idx_to_images", root, tmp_path / "copy")
    assert open_source(copied).fingerprint == open_source(root).fingerprint
    records = convert("convert_to_tfrecords", root, tmp_path / "records")
    assert open_source(records).fingerprint == open_source(root).fingerprint
    assert open_source(records / "1.0.0").fingerprint == open_source(root).fingerprint


def test_the_hash_of_an_image_comes_from_the_manifest_or_its_bytes(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    (unrecorded,) = open_source(root).examples
    expected = bytes_sha256((root / "a" / "000.png").read_bytes())
    assert unrecorded.content_sha256() == unrecorded.content_sha256(unrecorded.read()) == expected
    (recorded,) = open_source(convert("idx_to_images", root, tmp_path / "out")).examples
    (tmp_path / "out" / "a" / "000.png").unlink()
    assert recorded.content_sha256() == recorded.content_sha256(b"other") == expected


def test_records_are_a_source_like_the_folder_they_were_converted_from(tmp_path):
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


def test_reading_changes_nothing(tmp_path):
    root = labeled_folder(tmp_path, {"a": 3, "b": 2})
    before = tree(root)
    source = open_source(root)
    assert bytes_sha256(source.examples[0].read()) == bytes_sha256(before["a/000.png"])
    assert source.fingerprint
    assert tree(root) == before
