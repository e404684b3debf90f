"""Stratified and grouped splits; [Fossen2020]'s table 6.1."""

import csv
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_folders import convert, labeled_folder, run, write_csv, write_files

from data_tools.__main__ import main
from data_tools.errors import InputError
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.operations.split_dataset import grouped_assignment, stratified_assignment

DATA_DIR = os.environ.get("GAN_TF_DATA_DIR")
needs_isic = pytest.mark.skipif(
    DATA_DIR is None or not (Path(DATA_DIR) / "isic").is_dir(),
    reason="GAN_TF_DATA_DIR with the tables of ISIC-2019 is not set",
)

# [Fossen2020], table 6.1: training, validation and test images of each class of ISIC-2019.
TABLE_6_1 = {
    "NV": (10300, 1287, 1288),
    "MEL": (3618, 452, 452),
    "BCC": (2658, 332, 333),
    "BKL": (2099, 262, 263),
    "AK": (694, 87, 86),
    "SCC": (502, 63, 63),
    "VASC": (202, 26, 25),
    "DF": (191, 24, 24),
}


@pytest.fixture(scope="module")
def isic():
    folder = Path(DATA_DIR) / "isic"
    with open(folder / "ISIC_2019_Training_GroundTruth.csv", newline="") as stream:
        labels = {
            row.pop("image"): next(label for label, bit in row.items() if float(bit))
            for row in csv.DictReader(stream)
        }
    with open(folder / "ISIC_2019_Training_Metadata.csv", newline="") as stream:
        groups = {row["image"]: row["lesion_id"] or None for row in csv.DictReader(stream)}
    names = list(labels)
    return [labels[name] for name in names], [groups[name] for name in names]


def counts_of(labels, assignment):
    counts = Counter(zip(labels, assignment.tolist(), strict=True))
    return {label: tuple(counts[label, place] for place in range(3)) for label in set(labels)}


@needs_isic
def test_the_stratified_split_of_isic_2019_matches_table_6_1(isic):
    labels, _ = isic
    for seed in (0, 1, 7):
        counts = counts_of(labels, stratified_assignment(labels, (0.8, 0.1, 0.1), seed))
        assert counts == TABLE_6_1


@needs_isic
def test_no_lesion_of_isic_2019_is_in_two_splits(isic):
    labels, groups = isic
    assert sum(group is None for group in groups) == 2084
    assignment = grouped_assignment(labels, groups, (0.8, 0.1, 0.1), 0)
    sides = {}
    for group, place in zip(groups, assignment.tolist(), strict=True):
        if group is not None:
            sides.setdefault(group, set()).add(place)
    assert all(len(places) == 1 for places in sides.values())
    for label, row in counts_of(labels, assignment).items():
        total = sum(row)
        for count, share in zip(row, (0.8, 0.1, 0.1), strict=True):
            assert abs(count - share * total) <= max(0.002 * total, 2), (label, row)
    # Without groups the same lesions are divided.
    divided = stratified_assignment(labels, (0.8, 0.1, 0.1), 0)
    sides = {}
    for group, place in zip(groups, divided.tolist(), strict=True):
        if group is not None:
            sides.setdefault(group, set()).add(place)
    assert sum(len(places) > 1 for places in sides.values()) > 1000


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), min_size=1, max_size=60),
    st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.0, 0.5), (0.7, 0.3, 0.0), (1.0, 0.0, 0.0)]),
    st.integers(0, 5),
)
def test_groups_are_never_divided_and_empty_shares_stay_empty(images, shares, seed):
    labels = [label for label, _ in images]
    groups = [None if group == 0 else f"g{group}" for _, group in images]
    assignment = grouped_assignment(labels, groups, shares, seed)
    sides = {}
    for group, place in zip(groups, assignment.tolist(), strict=True):
        assert shares[place] > 0
        if group is not None:
            assert sides.setdefault(group, place) == place
    np.testing.assert_array_equal(assignment, grouped_assignment(labels, groups, shares, seed))


def test_images_without_groups_are_split_evenly():
    labels = ["a"] * 100 + ["b"] * 50
    assignment = grouped_assignment(labels, [None] * 150, (0.8, 0.1, 0.1), 3)
    assert counts_of(labels, assignment) == {"a": (80, 10, 10), "b": (40, 5, 5)}


def test_counts_are_stratified_by_label():
    labels = ["a"] * 60 + ["b"] * 40
    assignment = stratified_assignment(labels, (70, 10, 20), 0)
    assert counts_of(labels, assignment) == {"a": (42, 6, 12), "b": (28, 4, 8)}
    two = stratified_assignment(labels, (75, 0, 25), 0)
    assert counts_of(labels, two) == {"a": (45, 0, 15), "b": (30, 0, 10)}


def test_too_few_images_of_a_label_are_refused():
    with pytest.raises(InputError, match="label 'b' has too few images"):
        stratified_assignment(["a"] * 10 + ["b"], (0.8, 0.1, 0.1), 0)


def test_a_folder_is_split_reproducibly(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 20, "b": 10})
    flags = ("--fractions=0.6,0.2,0.2", "--seed=4")
    out = convert("split_dataset", root, tmp_path / "1" / "out", *flags)
    assert read_dataset_info(out).counts == {
        "train": {"a": 12, "b": 6},
        "validation": {"a": 4, "b": 2},
        "test": {"a": 4, "b": 2},
    }
    again = convert("split_dataset", root, tmp_path / "2" / "out", *flags)
    assert (again / "manifest.jsonl").read_bytes() == (out / "manifest.jsonl").read_bytes()


def test_validation_is_taken_from_the_training_images_of_a_split_data_set(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"train/a": 10, "test/a": 4})
    flags = "--fractions=0.8,0.2,0"
    out = convert("split_dataset", root, tmp_path / "out", flags)
    assert read_dataset_info(out).counts == {
        "train": {"a": 8},
        "validation": {"a": 2},
        "test": {"a": 4},
    }
    arguments = ["convert", "--op=split_dataset", f"--data_dir={root}", f"--dest={tmp_path / 'x'}"]
    assert main([*arguments, "--fractions=0.8,0.2"]) == 1
    assert "has a split 'test' already" in capsys.readouterr().err


def test_a_split_that_gets_no_group_is_refused(tmp_path, capsys):
    """All ten images are of one patient, who cannot be in train and in test."""
    root = labeled_folder(tmp_path / "in", {"a": 10})
    rows = [("image", "patient_id"), *((f"{n:03d}", "P") for n in range(10))]
    table = write_csv(tmp_path / "t.csv", rows)
    flags = ("--fractions=0.8,0.2", f"--group_csv={table}", "--workers=1")
    assert run("split_dataset", root, tmp_path / "out", *flags) == 1
    assert "has too few groups for a share of 'test'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    free = convert("split_dataset", root, tmp_path / "free", *flags, "--group_column=none")
    assert read_dataset_info(free).counts == {"train": {"a": 8}, "test": {"a": 2}}


def test_a_source_without_training_images_is_refused(tmp_path, capsys):
    root = labeled_folder(tmp_path / "in", {"test/a": 3})
    assert run("split_dataset", root, tmp_path / "out", "--fractions=0.8,0.2,0") == 1
    assert "has no training images to split" in capsys.readouterr().err


def test_groups_in_a_table_are_kept_together_unless_disabled(tmp_path):
    files = {f"a/I{n}.png": encode_png(np.full((2, 2, 1), n, np.uint8)) for n in range(24)}
    root = write_files(tmp_path / "in", files)
    rows = [("image", "lesion_id"), *((f"I{n}", f"L{n // 4}") for n in range(24))]
    table = write_csv(tmp_path / "t.csv", rows)
    flags = ("--fractions=0.5,0.5", f"--group_csv={table}")
    sides = {}
    for record in read_manifest(convert("split_dataset", root, tmp_path / "out", *flags)):
        assert record.group == f"L{int(record.path.rpartition('I')[2][:-4]) // 4}"
        sides.setdefault(record.group, set()).add(record.split)
    assert len(sides) == 6
    assert all(len(places) == 1 for places in sides.values())
    free = convert("split_dataset", root, tmp_path / "free", *flags, "--group_column=none")
    assert read_dataset_info(free).arguments["grouped"] is False
