import csv
import json

import pytest
from finished_studies import ACGAN, CYCLEGAN, cell, results

from data_tools.errors import InputError
from gan_tf.study.report.comparison_folder import write_comparison
from gan_tf.study.report.tables import comparison_table


@pytest.fixture
def write_studies(tmp_path):
    """A function that writes studies into folders and returns these; two studies by default."""

    def write(**studies):
        folders = []
        for name, content in (studies or {"acgan": ACGAN, "cyclegan": CYCLEGAN}).items():
            folder = tmp_path / name
            folder.mkdir()
            (folder / "results.json").write_text(json.dumps(content))
            folders.append(folder)
        return folders

    return write


def test_the_files_have_every_row_and_are_reproducible(write_studies, tmp_path):
    folders = write_studies()
    for name in ("a", "b"):
        written = write_comparison(folders, ["melanoma"], tmp_path / name)
    for name in ("table.csv", "results.json", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "results.json").read_text()) == written
    with open(tmp_path / "a" / "table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["study"], row["arm"], row["amount"]) for row in rows] == [
        ("acgan", "real", ""),
        ("acgan", "mixed", "250"),
        ("acgan", "mixed", "500"),
        ("acgan", "augmented", ""),
        ("cyclegan", "real", ""),
        ("cyclegan", "mixed", "250"),
        ("cyclegan", "mixed", "500"),
    ]
    assert list(rows[5].items())[:5] == [
        ("study", "cyclegan"),
        ("arm", "mixed"),
        ("amount", "250"),
        ("real_images_per_class", ""),
        ("num_images", "350"),
    ]
    # The primary score and the difference with their intervals, p-values, scores of the class.
    numbers = ["accuracy", "low", "high", "difference", "difference_low", "difference_high"]
    numbers += ["p_value", "holm_p", "melanoma precision", "melanoma recall"]
    assert [float(rows[5][name]) for name in numbers] == pytest.approx(
        [0.77, 0.765, 0.775, -0.03, -0.035, -0.025, 0.012, 0.04, 0.3, 0.4]
    )
    assert (rows[5]["family"], rows[5]["verdict"]) == ("mixed", "hurts")
    assert len(rows[5]) == 18
    assert rows[0]["family"] == rows[0]["holm_p"] == rows[0]["verdict"] == ""
    assert "cyclegan: real + synthetic, 250" in comparison_table(written)


def test_the_page_states_the_adjustment_and_shows_the_selected_classes(write_studies, tmp_path):
    write_comparison(write_studies(), ["melanoma"], tmp_path / "one")
    text = " ".join((tmp_path / "one" / "report.html").read_text().split())
    assert "that answer one question (4 of adding synthetic images, 1 with controls);" in text
    assert "Each study trained its own baseline" in text
    assert '<tr data-cell="cyclegan mixed_250">' in text
    assert text.count("30.0 / 40.0") == 7 and "10.0 / 20.0" not in text
    assert 'src="http' not in text and 'href="http' not in text


def test_a_page_without_synthetic_images_has_no_figure(write_studies, tmp_path):
    bare = write_studies(bare=results(cell("augmented", None, 0.1, 0.1)))
    write_comparison(bare, [], tmp_path / "one")
    text = (tmp_path / "one" / "report.html").read_text()
    assert "No synthetic images in this study" in text and "<img" not in text


def test_a_written_study_is_read(study, tmp_path):
    written = write_comparison([study[0]], [], tmp_path / "table")
    for row, entry in zip(written["cells"], study[1]["cells"], strict=True):
        assert row["name"] == entry["name"]
        assert row.get("difference") == entry.get("difference")
    assert written["data"]["shown_classes"] == [str(digit) for digit in range(10)]


def test_an_unknown_class_leaves_nothing(write_studies, tmp_path):
    folders = write_studies()
    with pytest.raises(InputError, match="--classes has 'mel', which is not a label"):
        write_comparison(folders, ["mel"], tmp_path / "table")
    assert not (tmp_path / "table").exists()
