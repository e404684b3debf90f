import csv
import json

import numpy as np
import pytest
from scipy import stats

from gan_tf.study.analysis.results import (
    MIXED_OUTCOME,
    cell_results,
    outcome,
    sentence,
    table_text,
    write_csv,
    write_json,
)
from gan_tf.study.analysis.verdict import HELPS, NO_DIFFERENCE, TOO_FEW
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell, replicates
from gan_tf.study.execution.store import ReplicateResult

ALL = Amount("all")
LABELS = np.tile([0, 1], 200)


def result(num_right, seed):
    """A replicate that has the first ``num_right`` images right, sure of itself by 0.8."""
    right = np.arange(len(LABELS)) < num_right
    predicted = np.where(right, LABELS, 1 - LABELS)
    probabilities = np.where(np.eye(2)[predicted] == 1, 0.8, 0.2).astype(np.float32)
    history = [{"step": 10, "train_loss": float(seed), "test_accuracy": num_right / len(LABELS)}]
    return ReplicateResult(probabilities, history, 100, 10, 0.9, {})


def study(right_by_cell, num_gan_runs=1):
    """Results of cells whose replicates have so many images right."""
    num_seeds = len(next(iter(right_by_cell.values())))
    planned = replicates(list(right_by_cell), num_seeds, num_gan_runs)
    outcomes = {one.name: result(right_by_cell[one.cell][one.seed], one.seed) for one in planned}
    return cell_results(planned, outcomes, LABELS, "accuracy", 0.01)


def test_differences_are_paired_by_seed():
    # Differences 20, 60, 40 of 400 images: mean 0.1.
    found = study({Cell("real"): [200, 220, 240], Cell("mixed", ALL): [220, 280, 280]})
    real, mixed = found
    assert [entry["name"] for entry in found] == ["real", "mixed"]
    assert "difference" not in real
    assert mixed["difference"]["mean"] == pytest.approx(0.1)
    variance = np.var([20, 60, 40], ddof=1) / 400**2
    assert mixed["difference"]["replicate_variance"] == pytest.approx(variance)
    assert [one["accuracy"] for one in mixed["replicates"]] == [0.55, 0.7, 0.7]
    assert mixed["scores"]["accuracy"] == pytest.approx(0.65)
    assert mixed["estimate"]["mean"] == pytest.approx(0.65)
    assert mixed["scores"]["gan_test"] == pytest.approx(0.9)
    assert mixed["history"][0]["train_loss"] == 1.0


def test_classes_are_compared_with_real_by_seed_and_run():
    # Of images 1, 3, 5, ... class 1; 20 more images right are 10 more of each class, of 200.
    cells = {Cell("real"): [200] * 4, Cell("mixed", ALL): [220, 240, 222, 238]}
    real, mixed = study(cells, num_gan_runs=2)
    assert "recall_difference" not in real["per_class"]
    found = mixed["per_class"]["recall_difference"]
    assert [one["mean"] for one in found] == pytest.approx([0.075, 0.075])
    # The runs' means are 10.5 and 19.5 images: variance 40.5, of the mean half of it, at 1 degree.
    least = stats.t.ppf(0.975, 1) * np.sqrt(40.5 / 2) / 200
    for one in found:
        assert least < (one["high"] - one["low"]) / 2 < 1.1 * least
    low, high = mixed["per_class"]["recall_interval"][0]
    assert low < 0.575 < high


def test_holm_is_over_all_arms_of_the_study():
    found = study(
        {
            Cell("real"): [200, 210, 220],
            Cell("mixed", ALL): [240, 252, 258],
            Cell("augmented"): [204, 212, 222],
        }
    )
    p_values = [entry["difference"]["p_value"] for entry in found[1:]]
    smaller, larger = sorted(p_values)
    assert sorted(entry["holm_p"] for entry in found[1:]) == pytest.approx(
        sorted([2 * smaller, max(2 * smaller, larger)])
    )


def test_mcnemar_stands_beside_for_every_seed():
    _, mixed = study({Cell("real"): [200, 220], Cell("mixed", ALL): [206, 220]})
    # Seed 0: six images right in mixed alone; seed 1: none differs.
    assert mixed["mcnemar_p"] == pytest.approx([stats.binomtest(6, 6).pvalue, 1.0])


def test_replicates_of_shared_gan_runs_count_by_run_but_not_for_controls():
    cells = {
        Cell("real"): [200] * 4,
        Cell("mixed", ALL): [220, 240, 222, 238],
        Cell("augmented"): [220, 240, 222, 238],
    }
    _, mixed, augmented = study(cells, num_gan_runs=2)
    assert mixed["difference"]["num_replicates"] == 2
    assert augmented["difference"]["num_replicates"] == 4


def test_balanced_accuracy_as_the_primary_score():
    planned = replicates([Cell("real"), Cell("mixed", ALL)], 2, 1)
    labels = np.repeat([0, 1], [300, 100])
    always_0 = ReplicateResult(np.tile(np.float32([0.9, 0.1]), (400, 1)), [], 1, 1, None, {})
    found = cell_results(
        planned, {one.name: always_0 for one in planned}, labels, "balanced_accuracy", 0.01
    )
    assert found[0]["estimate"]["mean"] == pytest.approx(0.5)
    assert found[0]["scores"]["accuracy"] == pytest.approx(0.75)
    assert found[1]["verdict"]["outcome"] == NO_DIFFERENCE


def test_one_seed_is_too_few():
    found = study({Cell("real"): [200], Cell("mixed", ALL): [300]})
    assert found[1]["verdict"]["outcome"] == TOO_FEW
    assert found[1]["holm_p"] is None
    assert "too few runs to tell" in sentence(found, 1, "accuracy")
    json.dumps(found, allow_nan=False)


def test_the_sentence_is_about_mixed_and_says_for_which_sets():
    found = study({Cell("real"): [200, 201, 202], Cell("mixed", ALL): [300, 301, 302]})
    text = sentence(found, 1, "accuracy")
    assert text.startswith(
        "For this synthetic set, adding the synthetic images to the real ones: helps (accuracy "
        "+25.00 points (95 % interval"
    )
    assert sentence(found, 3, "accuracy").startswith("Over 3 synthetic sets, adding")
    assert outcome(found) == HELPS
    only_real = study({Cell("real"): [200, 201], Cell("augmented"): [200, 201]})
    assert "says nothing about" in sentence(only_real, 1, "accuracy")
    assert outcome(only_real) == ""


def test_settings_that_differ_are_counted():
    found = study(
        {
            Cell("real"): [200, 201, 202],
            Cell("mixed", Amount("250")): [200, 201, 202],
            Cell("mixed", Amount("500")): [300, 301, 302],
        }
    )
    assert outcome(found) == MIXED_OUTCOME
    assert (
        "ones: helps in 1 of 2 settings, no difference shown in 1 (helps most with amount 500: "
        "accuracy +25.00 points"
    ) in sentence(found, 1, "accuracy")


def sentence_of(*num_right):
    """The answer of a study whose mixed arm has so many of 400 images right, real 200."""
    amounts = [Amount("250"), Amount("500"), ALL]
    cells = {
        Cell("mixed", amount): [right, right + 1, right + 2]
        for amount, right in zip(amounts, num_right, strict=False)
    }
    return sentence(study({Cell("real"): [200, 201, 202], **cells}), 1, "accuracy")


def test_the_setting_that_differs_most_is_named_in_either_direction():
    text = sentence_of(100, 4, 150)
    assert "ones: hurts in 3 of 3 settings (hurts most with amount 500: accuracy -49.00" in text
    text = sentence_of(220, 260, 150)
    assert "ones: helps in 2 of 3 settings, hurts in 1 (helps most with amount 500: acc" in text
    assert "; hurts most with all synthetic images: accuracy -12.50 points" in text
    text = sentence_of(200, 200)
    assert "shown in 2 of 2 settings (largest difference with amount 250: accuracy +0.00" in text


def test_the_interval_of_a_share_ends_at_one():
    found = study({Cell("real"): [400, 390]})
    assert found[0]["estimate"]["high"] == 1.0
    assert found[0]["estimate"]["low"] < 0.9


def test_table_has_a_line_a_cell():
    cell = Cell("mixed", Amount("250"), 10)
    found = study({Cell("real"): [200, 200], cell: [0, 0], cell.baseline: [200, 200]})
    lines = table_text(found, "accuracy").splitlines()
    assert lines[0].split() == (
        "arm images steps accuracy 95 % interval minus real verdict".split()
    )
    assert lines[1].split()[:4] == ["real", "100", "10", "0.5000"]
    assert lines[2].startswith("real + synthetic (amount 250, 10 real images a class)")
    assert lines[2].split()[-2:] == ["-0.5000", "hurts"]


def test_files_have_every_run_and_are_the_same_bytes(tmp_path):
    found = study({Cell("real"): [200, 204], Cell("mixed", ALL): [210, 220]})
    for name in ("a", "b"):
        write_json(tmp_path / f"{name}.json", {"cells": found})
        write_csv(tmp_path / f"{name}.csv", found)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["cells"] == found
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["seed"], float(row["accuracy"])) for row in rows] == [
        ("real", "0", 0.5),
        ("real", "1", 0.51),
        ("mixed", "0", 0.525),
        ("mixed", "1", 0.55),
    ]
