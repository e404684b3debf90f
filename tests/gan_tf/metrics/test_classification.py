import numpy as np
import pytest

from gan_tf.metrics.classification import (
    accuracy,
    auroc,
    balanced_accuracy,
    calibration_error,
    class_scores,
    log_loss,
    macro_f1,
)


def one_hot(predicted, num_classes=3, confidence=1.0):
    rest = (1 - confidence) / (num_classes - 1)
    return np.where(np.eye(num_classes)[predicted] == 1, confidence, rest).astype(np.float32)


def test_class_scores_equal_those_of_a_small_confusion_matrix():
    # Truth 0 0 0 0 1 1 2 2, predicted 0 0 0 1 1 1 2 0: 6 of 8 correct. Recalls 3/4, 1, 1/2;
    # precisions 3/4, 2/3, 1; F1 3/4, 4/5, 2/3.
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    probabilities = one_hot([0, 0, 0, 1, 1, 1, 2, 0], 3, 0.8)
    by_class = class_scores(labels, probabilities)
    assert accuracy(labels, probabilities) == 0.75
    assert by_class.recall == pytest.approx([0.75, 1, 0.5])
    assert by_class.precision == pytest.approx([0.75, 2 / 3, 1])
    assert by_class.f1 == pytest.approx([0.75, 0.8, 2 / 3])
    assert balanced_accuracy(labels, probabilities) == pytest.approx(2.25 / 3)
    assert macro_f1(labels, probabilities) == pytest.approx((0.75 + 0.8 + 2 / 3) / 3)
    assert by_class.support == [4, 2, 2]
    assert by_class.confusion == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]
    # Six images have 0.8 on the truth, two have 0.1.
    nats = -(6 * np.log(0.8) + 2 * np.log(0.1)) / 8
    assert log_loss(labels, probabilities) == pytest.approx(nats, rel=1e-5)
    # Confidence is 0.8 everywhere, accuracy 0.75.
    assert calibration_error(labels, probabilities) == pytest.approx(0.05, rel=1e-5)


def test_auroc_counts_pairs_in_order():
    # Positives have 0.9 and 0.4, negatives 0.6 and 0.1: three of the four pairs are in order.
    positive = np.array([0.9, 0.4, 0.6, 0.1])
    labels = np.array([1, 1, 0, 0])
    assert auroc(labels, np.stack([1 - positive, positive], 1)) == pytest.approx(0.75)


def test_a_class_without_test_images_is_left_out_of_means():
    labels, probabilities = np.array([0, 1, 1]), one_hot([0, 1, 2], 3, 0.9)
    assert auroc(labels, probabilities) is None
    assert balanced_accuracy(labels, probabilities) == pytest.approx((1 + 0.5) / 2)
    # Class 1 has precision 1 and recall 1/2: F1 2/3. Class 2 has no test images.
    assert macro_f1(labels, probabilities) == pytest.approx((1 + 2 / 3) / 2)
    assert class_scores(labels, probabilities).support == [1, 2, 0]


def test_calibration_error_weighs_bins_by_their_size():
    # Two images at 0.95, one correct: |0.95 - 0.5| * 2/3; one at 0.55, correct: |0.55 - 1| * 1/3.
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45]])
    expected = 0.45 * 2 / 3 + 0.45 / 3
    assert calibration_error(np.array([0, 1, 0]), probabilities) == pytest.approx(expected)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below():
    # With 2 bins, 0.5 is in the lower one: over- and underconfidence do not cancel across bins.
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1]])
    # Lower bin: confidence 0.5, accuracy 0; upper bin: confidence 0.9, accuracy 1.
    error = calibration_error(np.array([1, 0]), probabilities, num_bins=2)
    assert error == pytest.approx((0.5 + 0.1) / 2)
