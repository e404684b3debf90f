import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, precision_score

from gan_tf.study.analysis.class_scores import class_intervals, ratio_values
from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, SHARE, estimate


def test_recall_is_accuracy_over_the_images_of_the_class():
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(0, 3, 60), rng.integers(0, 20, 60)
    predicted = np.where(rng.random((4, 60)) < 0.7, labels, (labels + 1) % 3)
    baseline = np.where(rng.random((4, 60)) < 0.6, labels, (labels + 2) % 3)
    intervals = class_intervals(labels, predicted, baseline, 3, [0, 1, 0, 1], groups)
    for label in range(3):
        members = labels == label
        hits, before = predicted[:, members] == label, baseline[:, members] == label
        recall = estimate(
            hits.astype(float), gan_runs=[0, 1, 0, 1], groups=groups[members], kind=SHARE
        )
        assert intervals["recall_interval"][label] == [max(0, recall.low), min(1, recall.high)]
        change = estimate(
            hits * 1.0 - before, gan_runs=[0, 1, 0, 1], groups=groups[members], kind=DIFFERENCE
        )
        expected = {"mean": change.mean, "low": change.low, "high": change.high}
        assert intervals["recall_difference"][label] == expected


def test_the_denominator_of_precision_varies_too():
    # Both replicates predict class 1 for 4 of 8 images, 3 of them correctly: precision 3/4. The
    # deviations of the 4 images are three of 1/4 and one of -3/4, whose squares sum to 3/4; over
    # 4^2 and times 8 / 7 that is 3/56.
    labels = np.array([1, 1, 1, 0, 0, 1, 0, 0])
    predicted = np.array([[1, 1, 1, 1, 0, 0, 0, 0]] * 2)
    low, high = class_intervals(labels, predicted, None, 2)["precision_interval"][1]
    margin = stats.t.ppf(0.975, 7) * math.sqrt(3 / 56)
    assert (low, high) == pytest.approx((0.75 - margin, min(1, 0.75 + margin)))


@pytest.mark.parametrize("score", [precision_score, f1_score])
def test_the_variance_of_ratios_agrees_with_the_jackknife(score):
    """The jackknife over groups, which agrees to first order, of scikit-learn's score."""
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
    result = estimate(np.repeat(values, 2, axis=0), groups=groups)
    assert result.test_variance == pytest.approx(expected, rel=0.05)
    by_name = {precision_score: "precision_interval", f1_score: "f1_interval"}[score]
    both = np.stack([predicted, predicted])
    interval = class_intervals(labels, both, None, 2, None, groups)[by_name][1]
    assert interval == pytest.approx([result.low, result.high])


def test_scores_without_an_interval():
    labels = np.array([0, 0, 1, 1, 1])
    # Class 0 is always recalled, class 1 is predicted for one image at most, class 2 neither occurs
    # nor is predicted.
    predicted = np.array([[0, 0, 1, 0, 0], [0, 0, 0, 0, 0]])
    intervals = class_intervals(labels, predicted, predicted, 3)
    assert intervals["recall_interval"][2] is None
    # Two images that are both right say little.
    assert intervals["recall_interval"][0] == [0.0, 1.0]
    assert intervals["recall_interval"][1] is not None
    assert intervals["precision_interval"][1] is intervals["precision_interval"][2] is None
    assert intervals["f1_interval"][2] is None
    first, second, third = intervals["recall_difference"]
    assert first == {"mean": 0.0, "low": -1.0, "high": 1.0}
    assert second["mean"] == 0.0 and -1.0 <= second["low"] < 0.0 and third is None
    single = class_intervals(labels, predicted[:1], None, 3)
    assert single == {name: [None] * 3 for name in intervals if name.endswith("interval")}
