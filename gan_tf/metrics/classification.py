"""Scores of a classifier's predicted probabilities, from scikit-learn where available.

Functions take labels, int [n] in 0 .. K-1, and probabilities, float [n, K]. The predicted class is
the most probable one.
"""

from typing import NamedTuple

import numpy as np
from sklearn import metrics

NUM_CALIBRATION_BINS = 15


class ClassScores(NamedTuple):
    """Scores of one classifier on one test set, class by class.

    Attributes:
      precision, recall, f1: a value in 0..1 for each class; 0 where the class was never predicted
        or is not in the test set.
      support: number of test images of each class.
      confusion: [K][K] counts; rows are true classes, columns predicted ones.
    """

    precision: list[float]
    recall: list[float]
    f1: list[float]
    support: list[int]
    confusion: list[list[int]]


def class_scores(labels: np.ndarray, probabilities: np.ndarray) -> ClassScores:
    """Return precision, recall, F1, support and confusion of every class."""
    classes = list(range(probabilities.shape[1]))
    predicted = probabilities.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0
    )
    return ClassScores(
        precision=precision.tolist(),
        recall=recall.tolist(),
        f1=f1.tolist(),
        support=support.tolist(),
        confusion=metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    )


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the share of images classified correctly."""
    return float(metrics.accuracy_score(labels, probabilities.argmax(axis=1)))


def balanced_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean recall of the classes that the test set has."""
    return _mean_over_present_classes("recall", labels, probabilities)


def macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean F1 of the classes that the test set has."""
    return _mean_over_present_classes("f1", labels, probabilities)


def _mean_over_present_classes(score: str, labels, probabilities) -> float:
    scores = class_scores(labels, probabilities)
    present = np.array(scores.support) > 0
    return float(np.array(getattr(scores, score))[present].mean())


def auroc(labels: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Return the area under the ROC curve, one class against the rest, averaged over classes.

    It is None if the test set lacks a class.
    """
    num_classes = probabilities.shape[1]
    if len(np.unique(labels)) < num_classes:
        return None
    if num_classes == 2:
        return float(metrics.roc_auc_score(labels, probabilities[:, 1]))
    one_hot = np.eye(num_classes)[labels]
    return float(metrics.roc_auc_score(one_hot, probabilities, average="macro"))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean cross-entropy in nats."""
    # scikit-learn needs rows that sum to 1 more exactly than those of a float32 softmax.
    double = probabilities.astype(np.float64)
    normalized = double / double.sum(axis=1, keepdims=True)
    return float(metrics.log_loss(labels, normalized, labels=list(range(double.shape[1]))))


def calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, num_bins: int = NUM_CALIBRATION_BINS
) -> float:
    """Return the expected calibration error: mean gap of confidence and accuracy over bins, 0..1.

    Guo et al., "On Calibration of Modern Neural Networks" (2017), equation 3, with 15 equal bins; a
    bin holds confidences above its lower edge up to and including its upper one.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * num_bins).astype(int) - 1, 0, num_bins - 1)
    surplus = np.bincount(bins, weights=confidence - correct, minlength=num_bins)
    return float(np.abs(surplus).sum() / len(labels))
