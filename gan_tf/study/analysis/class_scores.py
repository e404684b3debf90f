"""Confidence intervals of precision, recall and F1 per class."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, SHARE, Estimate, estimate

CLASS_SCORES = ("precision", "recall", "f1")


def class_intervals(
    labels: np.ndarray,
    predicted: np.ndarray,
    baseline: np.ndarray | None,
    num_classes: int,
    gan_runs: Sequence[int] | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, list[Any]]:
    """Return the 95% intervals of the scores per class, and the difference in recall from ``real``.

    Recall is accuracy over the test images of the class and is estimated as such. Precision and F1
    are ratios whose denominators vary too; see ``ratio_values``. None of them is tested, and the
    intervals are not adjusted for the number of classes.

    Args:
      labels: [n] of the test images.
      predicted: [R, n] labels predicted by each replicate.
      baseline: [R, n] those of ``real`` with the same seeds; None for ``real`` itself.
      num_classes: K.
      gan_runs, groups: see ``estimate``.

    Returns:
      ``precision_interval``, ``recall_interval`` and ``f1_interval``: for each class [low, high],
      or None with a single replicate, a single group or no variation. With a
      baseline also ``recall_difference``: mean, low and high, None for a class without test images.
    """
    intervals: dict[str, list[Any]] = {f"{score}_interval": [] for score in CLASS_SCORES}
    differences = []
    for label in range(num_classes):
        is_true, is_predicted = labels == label, predicted == label
        hits = is_predicted & is_true
        own_groups = None if groups is None else groups[is_true]
        ratios = {
            "precision": (hits, is_predicted),
            "f1": (2 * hits, is_predicted.astype(int) + is_true),
        }
        for score, (numerators, denominators) in ratios.items():
            values = ratio_values(numerators, denominators)
            interval = (
                None if values is None else _interval(estimate(values, None, gan_runs, groups))
            )
            intervals[f"{score}_interval"].append(interval)
        recall, difference = None, None
        if is_true.any():
            is_hit = hits[:, is_true].astype(float)
            recall = _interval(estimate(is_hit, None, gan_runs, own_groups, SHARE))
        if is_true.any() and baseline is not None:
            change = is_hit - (baseline[:, is_true] == label)
            value = estimate(change, None, gan_runs, own_groups, DIFFERENCE)
            low, high = _interval(value, -1.0) or (None, None)
            difference = {"mean": value.mean, "low": low, "high": high}
        intervals["recall_interval"].append(recall)
        differences.append(difference)
    return intervals if baseline is None else intervals | {"recall_difference": differences}


def ratio_values(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray | None:
    """Return values [R, n] whose means are ratios of sums, with the variance of these ratios.

    A ratio r = sum(a) / sum(b) over n images varies like the mean of r + n (a - r b) / sum(b), to
    first order (Cochran 1977, Sampling Techniques, section 6.4).

    Args:
      numerators: [R, n] a.
      denominators: [R, n] b.

    Returns:
      None if the denominators of a replicate sum to 0 (a class that is never predicted has no
      precision).
    """
    sums = denominators.sum(axis=1, keepdims=True)
    if not sums.all():
        return None
    ratios = numerators.sum(axis=1, keepdims=True) / sums
    return ratios + denominators.shape[1] * (numerators - ratios * denominators) / sums


def _interval(value: Estimate, least: float = 0.0) -> list[float] | None:
    value = value.within(least, 1.0)
    return [value.low, value.high] if value.standard_error else None
