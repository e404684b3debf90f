"""Findings of ``inspect``."""

import json

import numpy as np
import pytest
from image_folders import convert, encoded, labeled_folder, random_image, tree, write_files
from PIL import Image

from data_tools.__main__ import main
from data_tools.checks.image_stats import compute_all_stats
from data_tools.checks.inspection import inspect_source
from data_tools.formats.images import bytes_sha256, encode_png
from data_tools.formats.manifest import ImageRecord, write_manifest
from data_tools.sources import open_source


def inspected(root):
    source = open_source(root)
    return inspect_source(source, compute_all_stats(source.examples, "x", 1), 4)


def test_levels_sizes_and_modes_are_counted(tmp_path):
    files = {
        "a/0.png": encode_png(np.array([[[0], [100]]], np.uint8)),
        "a/1.png": encode_png(np.array([[[200], [100]]], np.uint8)),
        "b/2.png": encode_png(random_image(1)),
    }
    inspection = inspected(write_files(tmp_path, files))
    assert inspection.counts == {"": {"a": 2, "b": 1}}
    assert inspection.sizes == {"1x2": 2, "8x6": 1}
    assert inspection.modes == {"L": 2, "RGB": 1}
    # Most common mode: 0, 100, 200, 100 have mean 100 and variance 5000.
    assert inspection.mean == pytest.approx((100.0,))
    assert inspection.deviation == pytest.approx((5000**0.5,))


def test_duplicates_conflicts_and_leaks_are_distinguished(tmp_path):
    one, two, three = (random_image(seed, 16, 16) for seed in (1, 2, 3))
    other_bytes = encoded(Image.fromarray(two), "PNG", compress_level=1)
    files = {
        "train/a/one.png": encode_png(one),
        "train/a/one again.png": encode_png(one),
        "train/b/two.png": encode_png(two),
        "test/a/one.png": encode_png(one),
        "test/a/two.png": other_bytes,
        "test/b/three.png": encode_png(three),
    }
    inspection = inspected(write_files(tmp_path, files))
    assert inspection.equal_bytes == (
        ("train/a/one again.png", "train/a/one.png", "test/a/one.png"),
    )
    assert inspection.equal_pixels == (("train/b/two.png", "test/a/two.png"),)
    assert inspection.conflicts == (("train/b/two.png", "test/a/two.png"),)
    (leaks,) = inspection.leaks
    assert leaks.splits == ("train", "test")
    assert leaks.equal_bytes == (("train/a/one.png", "test/a/one.png"),)
    assert leaks.equal_pixels == (("train/b/two.png", "test/a/two.png"),)
    assert leaks.has_leak
    # Two of three test images equal one of train and are thus near it; the other images of train
    # are not near each other.
    assert (leaks.near_rate, leaks.expected_near_rate) == (pytest.approx(2 / 3), 0.0)


def test_a_group_in_two_splits_is_a_leak(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"a": 4})
    table = tmp_path / "t.csv"
    table.write_text("image,lesion_id\n000,L\n001,L\n002,M\n003,N\n")
    grouped = convert(
        "split_dataset", root, tmp_path / "grouped", f"--group_csv={table}", "--fractions=0.5,0.5"
    )
    assert not inspected(grouped).leaks[0].has_leak
    # The same images, split by hand across a lesion.
    manifest = tmp_path / "in" / "manifest.jsonl"
    split_root = write_files(
        tmp_path / "by_hand",
        {
            f"{split}/a/{n}.png": (root / f"a/00{n}.png").read_bytes()
            for n, split in enumerate(("train", "test", "train", "test"))
        },
    )
    records = [
        ImageRecord(
            path, "a", bytes_sha256(data), group="LLMN"[int(path[-5])], split=path.split("/")[0]
        )
        for path, data in tree(split_root).items()
    ]
    write_manifest(split_root, name="by_hand", class_names=["a"], records=records, arguments={})
    assert not manifest.exists()
    (leaks,) = inspected(split_root).leaks
    assert leaks.groups == ("L",)
    assert main(["inspect", str(split_root), f"--dest={tmp_path / 'report'}", "--workers=1"]) == 0
    out = capsys.readouterr().out
    assert "train / test: LEAK: 0 equal bytes, 0 equal pixels, 1 shared groups" in out
    assert "group 'L' is in both" in out


def test_inspect_writes_a_report_and_a_contact_sheet(tmp_path, capsys, monkeypatch):
    root = labeled_folder(tmp_path / "in", {"a": 3, "b": 14})
    before = tree(root)
    monkeypatch.chdir(tmp_path)
    for name in ("in_inspection", "in_inspection_2"):
        assert main(["inspect", "in", "--workers=1"]) == 0
        report = json.loads((tmp_path / name / "report.json").read_text())
        assert report["counts"] == {"": {"a": 3, "b": 14}}
        with Image.open(tmp_path / name / "contact_sheet.png") as sheet:
            # Two rows of at most twelve cells of 64 pixels.
            assert sheet.height == 4 + 2 * 68
            assert sheet.width > 12 * 68
    assert tree(root) == before
    assert "equal bytes: none" in capsys.readouterr().out
    assert main(["inspect", "in", "--dest=in_inspection"]) == 1


def test_inspect_of_the_working_directory_writes_nothing_into_it(tmp_path, capsys, monkeypatch):
    root = labeled_folder(tmp_path / "in", {"a": 1})
    before = tree(root)
    monkeypatch.chdir(root)
    assert main(["inspect", "."]) == 1
    assert capsys.readouterr().err == (
        "error: --dest=in_inspection is inside --data_dir=.; choose another\n"
    )
    assert tree(root) == before
    assert main(["inspect", ".", "--dest=../report", "--workers=1"]) == 0
    assert tree(root) == before


def test_inspect_reports_unreadable_and_unexpected_files(tmp_path, capsys):
    files = {"a/0.png": encode_png(random_image(1)), "a/1.png": b"text", "notes.txt": b""}
    root = write_files(tmp_path / "in", files)
    assert main(["inspect", str(root), f"--dest={tmp_path / 'out'}", "--workers=1"]) == 0
    out = capsys.readouterr().out
    assert "bad: 'a/1.png' is not an image in a known format" in out
    assert "unexpected: 'notes.txt' is neither" in out


def test_inspect_writes_a_contact_sheet_only_of_readable_images(tmp_path, capsys):
    for name, data in (("good", encode_png(random_image(1))), ("bad", b"text")):
        root = write_files(tmp_path / name, {"a/0.png": data})
        dest = tmp_path / f"{name} out"
        assert main(["inspect", str(root), f"--dest={dest}", "--workers=1"]) == 0
        last_line = capsys.readouterr().out.splitlines()[-1]
        assert last_line == f"{' and '.join(sorted(tree(dest))[::-1])} in {dest}"
    assert [*tree(tmp_path / "bad out")] == ["report.json"]
