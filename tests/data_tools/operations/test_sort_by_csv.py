"""Sorting a flat folder by a table: label and group columns, and tables that are refused."""

import pytest
from image_folders import (
    convert,
    paths,
    random_image,
    run,
    write_csv,
    write_files,
)

from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest


def flat_folder(root, names):
    return write_files(root, {name: encode_png(random_image(n)) for n, name in enumerate(names)})


def test_one_hot_columns_with_zero_rows_unknowns_and_groups(tmp_path, capsys):
    # The layout of ISIC-2017: all zeros mean benign.
    table = write_csv(
        tmp_path / "t.csv",
        [
            ("image_id", "melanoma", "seborrheic_keratosis", "UNK", "lesion_id"),
            ("I1", "1.0", "0.0", "0.0", "L1"),
            ("I2", "0.0", "1.0", "0.0", ""),
            ("I3", "0.0", "0.0", "0.0", "L1"),
            ("I4", "0.0", "0.0", "1.0", "L2"),
            ("I5", "1.0", "0.0", "0.0", "L3"),
        ],
    )
    root = flat_folder(tmp_path / "in", ["I1.png", "I2.png", "I3.png", "I4.png", "J.png"])
    flags = (f"--csv={table}", "--zero_label=benign", "--on_unmatched=report")
    out = convert("sort_by_csv", root, tmp_path / "out", *flags)
    groups = {record.path: record.group for record in read_manifest(out)}
    assert groups == {
        "benign/I3.png": "L1",
        "melanoma/I1.png": "L1",
        "seborrheic_keratosis/I2.png": None,
    }
    output = capsys.readouterr().out
    assert (
        "t.csv: 4 of 5 images have a row, 4 of 5 rows have an image; without a row: 'in/J.png'; "
        "without an image: 'I5'\n"
    ) in output
    assert "1 images are UNK and dropped" in output
    assert read_dataset_info(out).extra == {
        "files_without_row": ["in/J.png"],
        "rows_without_file": ["I5"],
    }
    kept = convert("sort_by_csv", root, tmp_path / "kept", *flags, "--unknown=keep")
    assert "UNK/I4.png" in paths(kept)


def test_a_label_column_with_groups_from_another_table(tmp_path):
    labels = write_csv(tmp_path / "l.csv", [("file", "dx"), ("A.png", "nv"), ("B", "mel")])
    groups = write_csv(tmp_path / "g.csv", [("file", "patient"), ("A", "P1"), ("B", "P2")])
    root = flat_folder(tmp_path / "in", ["A.png", "B.png"])
    out = convert(
        "sort_by_csv",
        root,
        tmp_path / "out",
        f"--csv={labels}",
        "--id_column=file",
        f"--group_csv={groups}",
        "--group_column=patient",
    )
    assert {record.path: record.group for record in read_manifest(out)} == {
        "nv/A.png": "P1",
        "mel/B.png": "P2",
    }


def test_the_extension_selects_one_of_two_files_with_the_same_id(tmp_path):
    table = write_csv(tmp_path / "t.csv", [("image", "label"), ("A", "x")])
    root = flat_folder(tmp_path / "in", ["A.png", "A.gif"])
    flags = (f"--csv={table}", "--extension=gif", "--on_unmatched=report")
    out = convert("sort_by_csv", root, tmp_path / "out", *flags)
    assert paths(out) == ["x/A.gif"]


HEADER = ("image", "MEL", "NV")


@pytest.mark.parametrize(
    ("rows", "flags", "message"),
    [
        ([HEADER, ("A", "1", "1")], [], "t.csv, line 2 has the labels 'MEL' and 'NV'"),
        ([HEADER, ("A", "0", "0")], [], "t.csv, line 2 has no label for 'A'.*--zero_label"),
        ([HEADER, ("", "0", "1")], [], "t.csv, line 2 has no image;"),
        ([("image", "label"), ("A", "")], ["--zero_label=x"], "line 2 has no label for 'A'; write"),
        ([("image", "label"), ("A", "UNK")], [], "has no label but UNK; pass --unknown=keep"),
        (
            [HEADER, ("A", "1", "0"), ("in/A.png", "0", "1")],
            [],
            "lines 2 and 3 name the same image 'A.png' with 'MEL' and 'NV'; keep one",
        ),
        ([HEADER, ("A", "x", "y")], [], "no columns of 0 and 1"),
        ([("file", "MEL"), ("A", "1")], [], "no column image or image_id"),
        ([HEADER, ("A", "1", "0")], ["--label_column=dx"], "no column dx"),
        ([HEADER, ("A", "1", "0")], ["--group_column=lesion"], "no column lesion"),
        ([HEADER, ("A", "1")], [], "line 2 has 2 values, its header 3; quote .* comma"),
        ([HEADER, ("A", "1", "0", "1")], [], "line 2 has 4 values, its header 3"),
        ([("image", "NV", "NV"), ("A", "1", "0")], [], "two columns 'NV'; rename one"),
        ([HEADER], [], "has no rows"),
        ([], [], "has no rows"),
        ([("image", "label"), ("A", "../../evil")], [], "cannot name a folder"),
        ([("image", "label"), ("A", "..")], [], "cannot name a folder"),
    ],
)
def test_a_table_without_usable_labels_is_refused(tmp_path, capsys, rows, flags, message):
    import re

    table = write_csv(tmp_path / "t.csv", rows)
    root = flat_folder(tmp_path / "in", ["A.png"])
    assert run("sort_by_csv", root, tmp_path / "out", f"--csv={table}", *flags) == 1
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "t.csv"]
