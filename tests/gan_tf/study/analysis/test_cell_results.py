import json

import numpy as np
import pytest
from constructed_study import constructed_cells
from scipy import stats

from gan_tf.study.analysis.cell_results import cell_results, withhold_helps
from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, estimate
from gan_tf.study.analysis.verdict import HELPS, HURTS, INCONCLUSIVE, NO_DIFFERENCE
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell, replicates
from gan_tf.study.execution.store import ReplicateResult

ALL = Amount("all")


def test_differences_are_paired_by_seed():
    # Differences 20, 60, 40 of 400 images: mean 0.1.
    entries = constructed_cells(
        {Cell("real"): [200, 220, 240], Cell("mixed", ALL): [220, 280, 280]}
    )
    real, mixed = entries
    assert [entry["name"] for entry in entries] == ["real", "mixed"]
    assert "difference" not in real
    assert mixed["difference"]["mean"] == pytest.approx(0.1)
    variance = np.var([20, 60, 40], ddof=1) / 400**2
    assert mixed["difference"]["replicate_variance"] == pytest.approx(variance)
    assert [one["accuracy"] for one in mixed["replicates"]] == [0.55, 0.7, 0.7]
    assert mixed["scores"]["accuracy"] == pytest.approx(0.65)
    assert mixed["estimate"]["mean"] == pytest.approx(0.65)
    assert mixed["scores"]["gan_test"] == pytest.approx(0.9)
    assert mixed["history"][0]["train_loss"] == 1.0


def test_recall_is_compared_with_real_by_seed_and_gan_run():
    # Images 1, 3, 5, ... are of class 1; 20 more correct images are 10 more of each class, of 200.
    cells = {Cell("real"): [200] * 4, Cell("mixed", ALL): [220, 240, 222, 238]}
    real, mixed = constructed_cells(cells, num_gan_runs=2)
    assert "recall_difference" not in real["per_class"]
    differences = mixed["per_class"]["recall_difference"]
    assert [one["mean"] for one in differences] == pytest.approx([0.075, 0.075])
    # The runs gain 10 and 11, and 20 and 19 images of each class: half an image is the eleventh of
    # one run and the twentieth of the other.
    of_runs = np.zeros((2, 200))
    of_runs[0, :10], of_runs[0, 10] = 1, 0.5
    of_runs[1, :19], of_runs[1, 19] = 1, 0.5
    expected = estimate(of_runs, kind=DIFFERENCE)
    for one in differences:
        assert [one["low"], one["high"]] == pytest.approx([expected.low, expected.high])
    low, high = mixed["per_class"]["recall_interval"][0]
    assert low < 0.575 < high


def test_holm_adjusts_over_the_arms_that_answer_one_question():
    entries = constructed_cells(
        {
            Cell("real"): [200, 210, 220],
            Cell("mixed", ALL): [240, 252, 258],
            Cell("mixed", Amount("9")): [204, 212, 222],
            Cell("synthetic", ALL): [190, 206, 213],
            Cell("augmented"): [230, 243, 246],
            Cell("class_weighted"): [206, 214, 225],
        }
    )[1:]
    assert [x["family"] for x in entries] == ["mixed"] * 2 + ["synthetic"] + ["control"] * 2
    adjusted = [entry["holm_p"] for entry in entries]
    p_values = [entry["difference"]["p_value"] for entry in entries]
    assert adjusted[2] == p_values[2]
    for family in (slice(0, 2), slice(3, 5)):
        smaller, larger = sorted(p_values[family])
        expected = [2 * smaller, max(2 * smaller, larger)]
        assert sorted(adjusted[family]) == pytest.approx(expected)


def test_every_seed_has_a_mcnemar_test():
    _, mixed = constructed_cells({Cell("real"): [200, 220], Cell("mixed", ALL): [206, 220]})
    # Seed 0: six images are correct only in mixed; seed 1: no image differs.
    assert mixed["mcnemar_p"] == pytest.approx([stats.binomtest(6, 6).pvalue, 1.0])


def test_replicates_that_share_gan_runs_count_by_run_except_in_controls():
    cells = {
        Cell("real"): [200] * 4,
        Cell("mixed", ALL): [220, 240, 222, 238],
        Cell("augmented"): [220, 240, 222, 238],
    }
    _, mixed, augmented = constructed_cells(cells, num_gan_runs=2)
    assert mixed["difference"]["num_replicates"] == 2
    assert augmented["difference"]["num_replicates"] == 4


def test_balanced_accuracy_as_the_primary_score():
    planned = replicates([Cell("real"), Cell("mixed", ALL)], 2, 1)
    labels = np.repeat([0, 1], [300, 100])
    always_0 = ReplicateResult(np.tile(np.float32([0.9, 0.1]), (400, 1)), [], 1, 1, None, {})
    entries = cell_results(
        planned, {one.name: always_0 for one in planned}, labels, "balanced_accuracy", 0.02
    )
    assert entries[0]["estimate"]["mean"] == pytest.approx(0.5)
    assert entries[0]["scores"]["accuracy"] == pytest.approx(0.75)
    assert entries[1]["verdict"]["outcome"] == NO_DIFFERENCE


def test_a_single_seed_is_inconclusive():
    entries = constructed_cells({Cell("real"): [200], Cell("mixed", ALL): [300]})
    assert entries[1]["verdict"]["outcome"] == INCONCLUSIVE
    assert entries[1]["holm_p"] is None
    json.dumps(entries, allow_nan=False)


def test_the_interval_of_a_score_ends_at_one():
    entries = constructed_cells({Cell("real"): [400, 390]})
    assert entries[0]["estimate"]["high"] == 1.0
    assert entries[0]["estimate"]["low"] < 0.9


@pytest.mark.parametrize(("num_copied", "is_withheld"), [(8, False), (9, True)])
def test_helps_is_withheld_if_test_images_are_near_copies_of_training_images(
    num_copied, is_withheld
):
    entries = constructed_cells(
        {Cell("real"): [200, 201], Cell("mixed", ALL): [390, 392], Cell("synthetic", ALL): [9, 10]}
    )
    before = [entry.get("verdict") for entry in entries]
    assert [one and one["outcome"] for one in before] == [None, HELPS, HURTS]
    # 8 of 400 are the limit, 2 %.
    withhold_helps(entries, num_copied, 400)
    after = [entry.get("verdict") for entry in entries]
    assert after[0::2] == before[0::2]
    assert after[1]["outcome"] == (INCONCLUSIVE if is_withheld else HELPS)
    if is_withheld:
        figures = before[1]["reason"]
        copied = "2.2% of the test images are near copies of training images"
        assert after[1]["reason"] == f"{figures}, but {copied}"
