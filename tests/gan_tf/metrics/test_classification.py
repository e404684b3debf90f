import numpy as np
import pytest

from gan_tf.metrics.classification import (
    SCALARS,
    expected_calibration_error,
    mean_of,
    scores,
)


def one_hot(predicted, num_classes=3, confidence=1.0):
    rest = (1 - confidence) / (num_classes - 1)
    return np.where(np.eye(num_classes)[predicted] == 1, confidence, rest).astype(np.float32)


def test_scores_of_a_small_confusion():
    # Truth 0 0 0 0 1 1 2 2, predicted 0 0 0 1 1 1 2 0: 6 of 8 right. Recalls 3/4, 1, 1/2;
    # precisions 3/4, 2/3, 1; F1 3/4, 4/5, 2/3.
    found = scores(np.array([0, 0, 0, 0, 1, 1, 2, 2]), one_hot([0, 0, 0, 1, 1, 1, 2, 0], 3, 0.8))
    assert found.accuracy == 0.75
    assert found.recall == pytest.approx([0.75, 1, 0.5])
    assert found.precision == pytest.approx([0.75, 2 / 3, 1])
    assert found.f1 == pytest.approx([0.75, 0.8, 2 / 3])
    assert found.balanced_accuracy == pytest.approx(2.25 / 3)
    assert found.macro_f1 == pytest.approx((0.75 + 0.8 + 2 / 3) / 3)
    assert found.support == [4, 2, 2]
    assert found.confusion == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]
    # Six images have 0.8 on the truth, two have 0.1.
    assert found.log_loss == pytest.approx(-(6 * np.log(0.8) + 2 * np.log(0.1)) / 8, rel=1e-5)
    # Confidence is 0.8 everywhere, accuracy 0.75.
    assert found.calibration_error == pytest.approx(0.05, rel=1e-5)


def test_auroc_counts_pairs_in_order():
    # Positives have 0.9 and 0.4, negatives 0.6 and 0.1: three of the four pairs are in order.
    positive = np.array([0.9, 0.4, 0.6, 0.1])
    labels = np.array([1, 1, 0, 0])
    assert scores(labels, np.stack([1 - positive, positive], 1)).auroc == pytest.approx(0.75)


def test_a_class_that_the_test_set_lacks():
    found = scores(np.array([0, 1, 1]), one_hot([0, 1, 2], 3, 0.9))
    assert found.auroc is None
    assert found.balanced_accuracy == pytest.approx((1 + 0.5) / 2)
    # Class 1 has precision 1 and recall 1/2: F1 2/3. Class 2 is not there to be found.
    assert found.macro_f1 == pytest.approx((1 + 2 / 3) / 2)
    assert found.support == [1, 2, 0]


def test_calibration_error_weighs_bins_by_their_size():
    # Two images at 0.95, one right: |0.95 - 0.5| * 2/3; one at 0.55, right: |0.55 - 1| * 1/3.
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45]])
    expected = 0.45 * 2 / 3 + 0.45 / 3
    assert expected_calibration_error(np.array([0, 1, 0]), probabilities) == pytest.approx(expected)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below():
    # With 2 bins, 0.5 is in the lower one: over- and underconfidence do not cancel across bins.
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1]])
    # Lower bin: 0.5 against 0 right; upper: 0.9 against 1 right.
    found = expected_calibration_error(np.array([1, 0]), probabilities, num_bins=2)
    assert found == pytest.approx((0.5 + 0.1) / 2)


def test_mean_of_is_none_where_a_value_is():
    assert mean_of([0.5, 1.0]) == 0.75
    assert mean_of([0.5, None]) is None


PERFECT = {
    "accuracy": 1.0,
    "balanced_accuracy": 1.0,
    "macro_f1": 1.0,
    "auroc": 1.0,
    "calibration_error": 0.1,
    "log_loss": -np.log(0.9),
}


def test_every_scalar_of_a_perfect_classifier_that_is_nine_tenths_sure():
    found = scores(np.array([0, 1, 2]), one_hot([0, 1, 2], 3, 0.9))
    assert {name: getattr(found, name) for name in SCALARS} == pytest.approx(PERFECT, rel=1e-6)
