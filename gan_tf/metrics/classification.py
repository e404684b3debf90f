"""Scores of a classifier's predicted probabilities, by scikit-learn where it has them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn import metrics

NUM_CALIBRATION_BINS = 15


class Scores(NamedTuple):
    """What one classifier reached on one test set. All but the losses and counts are 0..1.

    Attributes:
      accuracy: share of images classified rightly.
      balanced_accuracy: mean of the recalls of the classes that the test set has.
      macro_f1: mean of the F1 of the classes that the test set has.
      auroc: area under the ROC curve, one class against the rest, mean over classes; None where
        the test set lacks a class.
      calibration_error: expected calibration error.
      log_loss: mean cross-entropy in nats.
      precision, recall, f1: a value for each class; 0 where the class was never predicted or is
        not in the test set.
      support: number of test images of each class.
      confusion: [K][K] counts, rows are true classes, columns predicted ones.
    """

    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    auroc: float | None
    calibration_error: float
    log_loss: float
    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]
    confusion: list[list[int]]


SCALARS = ("accuracy", "balanced_accuracy", "macro_f1", "auroc", "calibration_error", "log_loss")


def scores(labels: np.ndarray, probabilities: np.ndarray) -> Scores:
    """Every score of ``probabilities`` [n, K] against ``labels`` [n] in 0 .. K-1."""
    num_classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    classes = list(range(num_classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0
    )
    present = support > 0
    return Scores(
        accuracy=float(metrics.accuracy_score(labels, predicted)),
        balanced_accuracy=float(recall[present].mean()),
        macro_f1=float(f1[present].mean()),
        auroc=_auroc(labels, probabilities) if present.all() else None,
        calibration_error=expected_calibration_error(labels, probabilities),
        log_loss=float(metrics.log_loss(labels, _normalized(probabilities), labels=classes)),
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        support=support.tolist(),
        confusion=metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    )


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, num_bins: int = NUM_CALIBRATION_BINS
) -> float:
    """Mean gap between confidence and accuracy over equal bins of confidence, 0..1.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3, with 15 bins; a bin
    holds confidences above its lower edge up to and with its upper one.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * num_bins).astype(int) - 1, 0, num_bins - 1)
    surplus = np.bincount(bins, weights=confidence - correct, minlength=num_bins)
    return float(np.abs(surplus).sum() / len(labels))


def mean_of(values: Sequence[float | None]) -> float | None:
    """The mean, or None where a value is None."""
    return None if any(value is None for value in values) else float(np.mean(values))


def _auroc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    if probabilities.shape[1] == 2:
        return float(metrics.roc_auc_score(labels, probabilities[:, 1]))
    one_hot = np.eye(probabilities.shape[1])[labels]
    return float(metrics.roc_auc_score(one_hot, probabilities, average="macro"))


def _normalized(probabilities: np.ndarray) -> np.ndarray:
    """float64 rows that sum to 1, as scikit-learn asks; float32 softmax misses by 1e-7."""
    double = probabilities.astype(np.float64)
    return double / double.sum(axis=1, keepdims=True)
