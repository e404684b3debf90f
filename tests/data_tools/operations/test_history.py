"""History and info of a data set, and what stripping removes."""

import json

import numpy as np
import pytest
from image_folders import convert, jpeg, labeled_folder, random_image, tree, write_csv, write_files
from PIL import Image

from data_tools.__main__ import main
from data_tools.formats.images import bytes_sha256, decode, decode_image, encode_png
from data_tools.formats.manifest import read_manifest


def test_history_follows_an_image_through_a_chain_of_operations(tmp_path):
    root = labeled_folder(tmp_path / "photos", {"a": 4, "b": 4})
    first = convert("split_dataset", root, tmp_path / "split", "--fractions=0.5,0.5")
    second = convert("invert_images", first, tmp_path / "dark")
    records = convert("convert_to_tfrecords", second, tmp_path / "records")
    last = convert("tfrecords_to_images", records, tmp_path / "last")
    record = next(one for one in read_manifest(last) if one.path.startswith("train/a/"))
    steps = record.history
    assert [step["operation"] for step in steps] == [
        "split_dataset",
        "invert_images",
        "convert_to_tfrecords",
        "tfrecords_to_images",
    ]
    assert [step["source"] for step in steps] == ["photos", "split", "dark", "records"]
    assert steps[0]["path"] == record.path.removeprefix("train/")
    assert steps[0]["arguments"]["shares"] == [0.5, 0.0, 0.5]
    original = (root / steps[0]["path"]).read_bytes()
    before, after = bytes_sha256(original), record.sha256
    # Copied, inverted, copied, copied: the hash changes once.
    assert [step["sha256"] for step in steps] == [before, before, after, after]
    np.testing.assert_array_equal(
        decode((last / record.path).read_bytes(), "x"), 255 - decode(original, "x")
    )


#: For each operation, flags that affect its result and the other arguments in the history.
RECORDED = {
    "sort_by_csv": (
        {"label_column": "label", "zero_label": "none", "extension": "png", "group_column": "g"},
        {"csv": "t.csv", "group_csv": "t.csv", "unknown": "drop", "id_column": "image"},
    ),
    "split_dataset": (
        {"group_column": "g", "seed": 3},
        {"group_csv": "t.csv", "id_column": "image", "grouped": True, "shares": [0.8, 0.0, 0.2]},
    ),
    "slice_dataset": ({"size": 1, "seed": 3}, {"on_short": "fail", "splits": ["train"]}),
    "remove_duplicates": ({"by": "bytes", "distance": 5}, {"splits": ["train"]}),
    "invert_images": ({}, {"splits": ["train"]}),
}


@pytest.mark.parametrize("op", RECORDED)
def test_the_history_records_every_option_that_affects_the_result(op, tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 4, "b": 4})
    rows = [(f"{label}/{n:03d}", label, f"G{n}") for label in "ab" for n in range(4)]
    table = write_csv(tmp_path / "t.csv", [("image", "label", "g"), *rows])
    given, other = RECORDED[op]
    flags = [f"--{name}={value}" for name, value in given.items()]
    flags += [f"--{name}={table}" for name in ("csv", "group_csv") if name in other]
    flags += ["--id_column=image"] if "id_column" in other else []
    out = convert(op, root, tmp_path / "out", *flags)
    assert read_manifest(out)[0].history[-1]["arguments"] == given | other


def test_stripping_removes_names_groups_and_exif(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Camera of Jane"
    files = {"mel/Jane_1.jpg": jpeg(1, exif=exif), "nv/Jane_2.png": encode_png(random_image(2))}
    root = write_files(tmp_path / "in", files)
    table = write_csv(
        tmp_path / "t.csv",
        [
            ("image", "label", "patient_id"),
            ("Jane_1", "mel", "P-Jane"),
            ("Jane_2", "nv", "P-Jane"),
            ("Jane_3", "nv", "P-Jane"),
        ],
    )
    flags = (f"--csv={table}", "--on_unmatched=report_rows")
    grouped = convert("sort_by_csv", root, tmp_path / "sorted", *flags)
    assert any(b"P-Jane" in data for data in tree(grouped).values())
    for op in ("idx_to_images", "convert_to_tfrecords", "invert_images", "resize_images"):
        flags = ["--mode=RGB"] if op == "convert_to_tfrecords" else []
        out = convert(op, grouped, tmp_path / op, "--strip_metadata", *flags)
        for path, data in tree(out).items():
            assert b"Jane" not in data, path
            assert "Jane" not in path
        assert main(["verify", str(out), "--workers=1"]) == 0
    flags = (f"--csv={table}", "--on_unmatched=report_rows", "--strip_metadata")
    stripped = convert("sort_by_csv", root, tmp_path / "bare", *flags)
    assert not any(b"Jane" in data for data in tree(stripped).values())
    image = decode_image((tmp_path / "idx_to_images/mel/000000.jpg").read_bytes(), "x")
    np.testing.assert_array_equal(image.array, decode(files["mel/Jane_1.jpg"], "x"))


def test_the_info_describes_the_data_set(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 2, "b": 1})
    out = convert("idx_to_images", root, tmp_path / "out")
    info = json.loads((out / "dataset.json").read_text())
    assert info["name"] == "out"
    assert info["classes"] == ["a", "b"]
    assert info["counts"] == {"": {"a": 2, "b": 1}}
    assert info["shape"] == [8, 6, 1]
    assert info["arguments"] == {"operation": "idx_to_images"}
    assert str(tmp_path) not in (out / "dataset.json").read_text()
    assert str(tmp_path) not in (out / "manifest.jsonl").read_text()
