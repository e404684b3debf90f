"""Several studies as one table; p-values and Holm's corrections by hand."""

import csv
import json

import pytest

from data_tools.errors import InputError
from gan_tf.study.analysis.statistics import Estimate
from gan_tf.study.analysis.verdict import HELPS, HURTS, NO_DIFFERENCE
from gan_tf.study.design.arms import ARMS
from gan_tf.study.report.comparison import (
    compared,
    finished_studies,
    refuse_unlike,
    table_text,
    write_comparison,
)

SETTINGS = {"classifier": "lenet", "steps": 10, "augment": ["shift"], "kept_shares": {}}
SETTINGS |= {"primary": "accuracy", "smallest_effect": 0.01}


def card(name, counts=(30, 10)):
    found = {"name": name, "fingerprint": name * 20, "num_images": sum(counts)}
    return found | {"shape": [8, 8, 1], "counts": list(counts)}


def estimate(mean, p_value=0.5):
    return Estimate(mean, mean - 0.005, mean + 0.005, 0.002, p_value, 2, 1e-4, 1e-5)._asdict()


def cell(arm, amount=None, difference=None, p_value=None):
    """An arm of accuracy 0.8 plus its difference; class 1 has precision 0.3 and recall 0.4."""
    mean = 0.8 + (difference or 0)
    found = {"name": f"{arm}_{amount}", "arm": arm, "title": ARMS[arm].title, "amount": amount}
    found |= {"is_control": ARMS[arm].is_control, "real_images_per_class": None}
    found |= {"num_images": 100 + int(amount or 0), "num_steps": 10, "replicates": [{}, {}]}
    found |= {"scores": {"accuracy": mean}, "estimate": estimate(mean), "history": []}
    found["per_class"] = {"precision": [0.1, 0.3], "recall": [0.2, 0.4], "support": [3, 1]}
    if difference is not None:
        # What the study itself says, over its own arms only.
        found |= {"difference": estimate(difference, p_value), "holm_p": p_value}
        found["verdict"] = {"outcome": HELPS, "reason": "its own"}
    return found


def results(*cells, **changes):
    data = {"classes": ["nevus", "melanoma"], "real": card("real"), "test": card("test")}
    data |= {"validation": None, "synthetic": [card("made")]}
    found = {"format": 1, "version": "0", "verdict": "", "notes": ["Noted."], "num_seeds": 2}
    found |= {"settings": SETTINGS, "data": data, "leaks": "None.", "copies": []}
    return found | {"cells": [cell("real"), *cells]} | changes


ACGAN = results(
    cell("mixed", "250", 0.02, 0.04),
    cell("mixed", "500", 0.03, 0.01),
    cell("augmented", None, 0.02, 0.04),
)
CYCLEGAN = results(cell("mixed", "250", -0.03, 0.012), cell("mixed", "500", 0.0, 1.0))


@pytest.fixture
def folders(tmp_path):
    """Folders of two studies; with names of changed results, of those."""

    def written(**studies):
        found = []
        for name, content in (studies or {"acgan": ACGAN, "cyclegan": CYCLEGAN}).items():
            found.append(tmp_path / name)
            found[-1].mkdir()
            (found[-1] / "results.json").write_text(json.dumps(content))
        return found

    return written


def test_holm_is_over_the_synthetic_comparisons_of_all_studies_and_over_controls_apart(folders):
    found = compared(finished_studies(folders()), [])
    rows = {(row["study"], row["name"]): row for row in found["cells"]}
    # Of 0.01, 0.012, 0.04 and 1: 4 x 0.01, 3 x 0.012 raised to the one before, 2 x 0.04, 1 x 1.
    expected = {
        ("acgan", "mixed_500"): (0.04, HELPS),
        ("cyclegan", "mixed_250"): (0.04, HURTS),
        ("acgan", "mixed_250"): (0.08, NO_DIFFERENCE),
        ("cyclegan", "mixed_500"): (1.0, NO_DIFFERENCE),
        # Alone in its family.
        ("acgan", "augmented_None"): (0.04, HELPS),
    }
    for key, (p_value, outcome) in expected.items():
        assert rows[key]["holm_p"] == pytest.approx(p_value)
        assert rows[key]["verdict"]["outcome"] == outcome
    assert found["num_compared"] == {"synthetic": 4, "control": 1}
    assert [row["study"] for row in found["cells"] if row["arm"] == "real"] == ["acgan", "cyclegan"]
    assert found["verdict"].startswith(
        "Over 2 studies, corrected for 4 comparisons with synthetic images, adding the synthetic "
        "images to the real ones: helps in 1 of 4 settings, hurts in 1, no difference shown in 2 "
        "(helps most in acgan, real + synthetic, 500: accuracy +3.00 points (95 % interval +2.50 "
        "to +3.50), Holm p = 0.040; hurts most in cyclegan, real + synthetic, 250: accuracy -3.00 "
        "points (95 % interval -3.50 to -2.50), Holm p = 0.040)."
    )


def test_one_study_with_one_arm_is_a_table_too(folders):
    found = compared(finished_studies(folders(only=results(cell("mixed", "5", 0.02, 0.01)))), [])
    assert "Over 1 study, corrected for 1 comparison with" in found["verdict"]
    assert ": helps (in only, real + synthetic, 5: " in found["verdict"]
    found = compared(finished_studies(folders(bare=results(cell("augmented", None, 0.1, 0.1)))), [])
    assert "they say nothing about them" in found["verdict"]


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"data": {"classes": ["melanoma", "nevus"]}}, "the labels melanoma, nevus, 'a' has nevus"),
        ({"data": {"test": card("other")}}, r"the test images 'other' \(40 images, otherotherot\)"),
        ({"data": {"test": card("test") | {"num_groups": 9}}}, "groups of test images: 9, 'a' has"),
        ({"data": {"real": card("more")}}, "the real images 'more'"),
        ({"data": {"validation": card("kept")}}, "the validation images 'kept'"),
        ({"settings": {"classifier": "resnet20"}}, "the setting classifier = resnet20, 'a' has l"),
        ({"settings": {"steps": 20}}, "the setting steps = 20, 'a' has 10"),
        ({"num_seeds": 1}, "the number of seeds 1, 'a' has 2"),
    ],
)
def test_studies_that_differ_in_more_than_synthetic_images_are_refused(folders, changes, complaint):
    other = results()
    other |= {k: other[k] | v if isinstance(v, dict) else v for k, v in changes.items()}
    studies = finished_studies(folders(a=results(), b=other))
    with pytest.raises(InputError, match=f"^--study: 'b' has {complaint}.*; one table needs"):
        refuse_unlike(studies)
    assert "\n" not in str(pytest.raises(InputError, refuse_unlike, studies).value)


def test_studies_may_differ_in_what_only_a_control_follows(folders):
    other = results(settings=SETTINGS | {"augment": ["flip"]})
    assert (
        "augment" not in compared(finished_studies(folders(a=results(), b=other)), [])["settings"]
    )


def test_studies_of_one_name_are_told_apart_by_the_folders_above(folders, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    found = folders(**{"x/study": ACGAN, "y/study": CYCLEGAN})
    assert [study.name for study in finished_studies(found)] == ["x/study", "y/study"]


@pytest.mark.parametrize(
    "content, complaint",
    [
        (None, "holds no finished study: results.json is not there"),
        ("{", "results.json cannot be read"),
        ("[]", "is not what gan_tf.evaluate writes"),
        (json.dumps(ACGAN | {"format": 0}), "has format 0, not 1; it was made by gan-tf 0"),
    ],
)
def test_a_folder_without_a_study_is_named(tmp_path, content, complaint):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match=f"^--study={tmp_path}.*{complaint}"):
        finished_studies([tmp_path])


def test_a_table_is_no_study_and_a_study_counts_once(folders, tmp_path):
    found = folders()
    write_comparison(found, [], tmp_path / "table")
    with pytest.raises(InputError, match="is not what gan_tf.evaluate writes"):
        finished_studies([tmp_path / "table"])
    with pytest.raises(InputError, match="is named twice"):
        finished_studies([found[0], found[0] / ".." / found[0].name])


def test_the_files_have_every_row_and_are_the_same_bytes(folders, tmp_path):
    found = folders()
    for name in ("a", "b"):
        shown = write_comparison(found, ["melanoma"], tmp_path / name)
    for name in ("table.csv", "results.json", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "results.json").read_text()) == shown
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
    # The primary score with its interval, the difference with its own, p, Holm's p, the class.
    numbers = ["accuracy", "low", "high", "difference", "difference_low", "difference_high"]
    numbers += ["p_value", "holm_p", "melanoma precision", "melanoma recall"]
    assert [float(rows[5][name]) for name in numbers] == pytest.approx(
        [0.77, 0.765, 0.775, -0.03, -0.035, -0.025, 0.012, 0.04, 0.3, 0.4]
    )
    assert (rows[5]["family"], rows[5]["verdict"]) == ("synthetic", "hurts")
    assert len(rows[5]) == 18
    assert rows[0]["family"] == rows[0]["holm_p"] == rows[0]["verdict"] == ""
    assert "cyclegan: real + synthetic (amount 250)" in table_text(shown)


def test_the_page_says_what_is_corrected_for_and_shows_the_classes_asked_for(folders, tmp_path):
    write_comparison(folders(), ["melanoma"], tmp_path / "one")
    text = " ".join((tmp_path / "one" / "report.html").read_text().split())
    assert "Holm-corrected over all 4 comparisons with synthetic images of this table" in text
    assert "apart from them over the 1 of controls" in text
    assert "Every study trained a baseline of its own" in text
    assert '<tr data-cell="cyclegan mixed_250">' in text
    assert text.count("30.0 / 40.0") == 7 and "10.0 / 20.0" not in text
    assert 'src="http' not in text and 'href="http' not in text


def test_a_page_without_synthetic_images_has_no_figure(folders, tmp_path):
    write_comparison(folders(bare=results(cell("augmented", None, 0.1, 0.1))), [], tmp_path / "one")
    text = (tmp_path / "one" / "report.html").read_text()
    assert "No synthetic images in this study" in text and "<img" not in text


def test_what_a_study_wrote_is_read(study, tmp_path):
    found = write_comparison([study[0]], [], tmp_path / "table")
    for row, its_own in zip(found["cells"], study[1]["cells"], strict=True):
        assert row["name"] == its_own["name"]
        assert row.get("difference") == its_own.get("difference")
    assert found["data"]["shown_classes"] == [str(digit) for digit in range(10)]


def test_a_class_that_is_no_label_leaves_nothing(folders, tmp_path):
    found = folders()
    with pytest.raises(InputError, match="--classes names 'mel', which is no label: nevus, melan"):
        write_comparison(found, ["mel"], tmp_path / "table")
    assert not (tmp_path / "table").exists()
