"""Folders and TFRecords that do not match their manifest, or whose metadata is damaged."""

import json
import re

import pytest
from image_folders import convert, labeled_folder, random_image

from data_tools.errors import InputError
from data_tools.formats.images import encode_png
from data_tools.sources import open_source


def test_a_changed_file_is_detected(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    folder = convert("idx_to_images", root, tmp_path / "out")
    (folder / "a" / "000.png").write_bytes(encode_png(random_image(99)))
    with pytest.raises(InputError, match="'a/000.png' has changed since its manifest"):
        open_source(folder).examples[0].read()


def test_missing_and_unexpected_files_are_detected(tmp_path):
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
def test_damaged_metadata_is_named(tmp_path, file, text, message):
    folder = convert("idx_to_images", labeled_folder(tmp_path / "in", {"a": 1}), tmp_path / "out")
    (folder / file).write_text(text)
    with pytest.raises(InputError, match=message):
        open_source(folder)


@pytest.mark.parametrize(
    ("file", "changes", "reason"),
    [
        (
            "dataset.json",
            {"counts": None, "num_images": 1, "tool_version": "0.0.1"},
            "unknown field 'num_images'; no field 'counts'; written by version 0.0.1, this is .*",
        ),
        ("dataset.json", {"counts": {"a": 1}}, "AttributeError: .*"),
        ("manifest.jsonl", {"origin_id": 7}, "unknown field 'origin_id'"),
        ("manifest.jsonl", {"sha256": None}, "no field 'sha256'"),
        (
            "trained_on.jsonl",
            {"sha256": "0", "hash": "0"},
            "unknown field 'hash'; no field 'pixels_.*",
        ),
    ],
)
def test_the_format_of_another_version_is_named_in_one_line(tmp_path, file, changes, reason):
    folder = convert("idx_to_images", labeled_folder(tmp_path / "in", {"a": 1}), tmp_path / "out")
    path = folder / file
    content = json.loads(path.read_text()) if path.exists() else {}
    content = {key: value for key, value in (content | changes).items() if value is not None}
    path.write_text(json.dumps(content) + "\n")
    with pytest.raises(InputError) as raised:
        open_source(folder)
    line = "" if file == "dataset.json" else ", line 1"
    assert re.fullmatch(
        re.escape(f"{path}{line} is damaged or was written by another version of data_tools (")
        + reason
        + re.escape("); convert again"),
        str(raised.value),
    )


@pytest.mark.parametrize("op", ["idx_to_images", "convert_to_tfrecords"])
def test_a_label_that_is_not_in_dataset_json_is_refused(tmp_path, op):
    root = labeled_folder(tmp_path / "in", {"a": 2})
    (manifest,) = convert(op, root, tmp_path / "out").rglob("manifest.jsonl")
    manifest.write_text(manifest.read_text().replace('"label": "a"', '"label": "zz"', 1))
    with pytest.raises(InputError, match="has label 'zz', which is not in dataset.json"):
        open_source(tmp_path / "out")
