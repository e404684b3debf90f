import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, precision_score

from gan_tf.study.analysis.class_scores import class_intervals, ratio_values, write_class_csv
from gan_tf.study.analysis.statistics import estimate


def test_recall_is_accuracy_over_the_images_of_the_class():
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 3, 60), rng.integers(0, 20, 60)
    predicted = np.where(rng.random((4, 60)) < 0.7, labels, (labels + 1) % 3)
    baseline = np.where(rng.random((4, 60)) < 0.6, labels, (labels + 2) % 3)
    found = class_intervals(labels, predicted, baseline, 3, [0, 1, 0, 1], groups)
    for label in range(3):
        chosen = labels == label
        right, before = predicted[:, chosen] == label, baseline[:, chosen] == label
        recall = estimate(right.astype(float), runs=[0, 1, 0, 1], groups=groups[chosen])
        assert found["recall_interval"][label] == [max(0, recall.low), min(1, recall.high)]
        change = estimate(right * 1.0 - before, runs=[0, 1, 0, 1], groups=groups[chosen])
        expected = {"mean": change.mean, "low": change.low, "high": change.high}
        assert found["recall_difference"][label] == expected


def test_precision_varies_in_its_denominator():
    # Of 8 images class 1 is said of 4, rightly of 3, by both replicates: precision 3/4. Deviations
    # from it of the 4: three of 1/4, one of -3/4, whose squares sum to 3/4; over 4^2 and times
    # 8 / 7 that is 3/56.
    labels = np.array([1, 1, 1, 0, 0, 1, 0, 0])
    predicted = np.array([[1, 1, 1, 1, 0, 0, 0, 0]] * 2)
    low, high = class_intervals(labels, predicted, None, 2)["precision_interval"][1]
    margin = stats.t.ppf(0.975, 7) * math.sqrt(3 / 56)
    assert (low, high) == pytest.approx((0.75 - margin, min(1, 0.75 + margin)))


@pytest.mark.parametrize("score", [precision_score, f1_score])
def test_ratios_vary_as_leaving_out_each_group_says(score):
    """The jackknife over groups, which agrees to first order, with scikit-learn's own score."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(100), rng.integers(1, 4, 100))
    labels = rng.integers(0, 2, len(groups))
    wrong = (rng.random(100) < 0.3)[groups]
    predicted = np.where(wrong, 1 - labels, labels)
    left_out = [score(labels[groups != g], predicted[groups != g]) for g in range(100)]
    expected = 99 / 100 * np.square(left_out - np.mean(left_out)).sum()
    hits = (predicted & labels)[np.newaxis]
    whole = predicted[np.newaxis] + (labels if score is f1_score else 0)
    values = ratio_values(hits * (2 if score is f1_score else 1), whole)
    assert values.mean() == pytest.approx(score(labels, predicted))
    found = estimate(np.repeat(values, 2, axis=0), groups=groups)
    assert found.test_variance == pytest.approx(expected, rel=0.05)
    by_name = {precision_score: "precision_interval", f1_score: "f1_interval"}[score]
    both = np.stack([predicted, predicted])
    interval = class_intervals(labels, both, None, 2, None, groups)[by_name][1]
    assert interval == pytest.approx([found.low, found.high])


def test_what_has_no_interval():
    labels = np.array([0, 0, 1, 1, 1])
    # Class 0 is always found, class 1 said of one image at most, class 2 is neither there nor said.
    predicted = np.array([[0, 0, 1, 0, 0], [0, 0, 0, 0, 0]])
    found = class_intervals(labels, predicted, predicted, 3)
    assert found["recall_interval"][0] is None
    assert found["recall_interval"][1] is not None
    assert found["precision_interval"][1] is found["precision_interval"][2] is None
    assert found["f1_interval"][2] is None
    nothing = {"mean": 0.0, "low": None, "high": None}
    assert found["recall_difference"] == [nothing, nothing, None]
    single = class_intervals(labels, predicted[:1], None, 3)
    assert single == {name: [None] * 3 for name in found if name.endswith("interval")}


def test_every_class_of_every_cell_has_a_line_with_its_scores(tmp_path):
    per_class = {"precision": [0.1, 0.2], "recall": [0.3, 0.4], "f1": [0.5, 0.6], "support": [7, 8]}
    per_class |= {
        "precision_interval": [[0.0, 0.2], None],
        "recall_interval": [[0.2, 0.5], [0.3, 0.6]],
        "f1_interval": [None, None],
    }
    cell = {"name": "real", "arm": "real", "amount": None, "real_images_per_class": None}
    cell |= {"scores": {"accuracy": 0.9}, "per_class": per_class}
    change = [{"mean": 0.01, "low": -0.02, "high": 0.04}, {"mean": 0, "low": None, "high": None}]
    mixed = cell | {"name": "mixed_250", "arm": "mixed", "amount": "250"}
    mixed["per_class"] = per_class | {"recall_difference": change}
    write_class_csv(tmp_path / "classes.csv", [cell, mixed], ["nevus", "melanoma"])
    assert (tmp_path / "classes.csv").read_text().splitlines() == [
        "name,arm,amount,real_images_per_class,accuracy,class,precision,recall,f1,support,"
        "precision_low,precision_high,recall_low,recall_high,f1_low,f1_high,"
        "recall_minus_real,recall_minus_real_low,recall_minus_real_high",
        "real,real,,,0.9,nevus,0.1,0.3,0.5,7,0.0,0.2,0.2,0.5,,,,,",
        "real,real,,,0.9,melanoma,0.2,0.4,0.6,8,,,0.3,0.6,,,,,",
        "mixed_250,mixed,250,,0.9,nevus,0.1,0.3,0.5,7,0.0,0.2,0.2,0.5,,,0.01,-0.02,0.04",
        "mixed_250,mixed,250,,0.9,melanoma,0.2,0.4,0.6,8,,,0.3,0.6,,,0,,",
    ]
