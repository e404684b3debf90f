"""Scores of single classes with their intervals, and the file classes.csv."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_tf.study.analysis.statistics import Estimate, estimate

SCORES = ("precision", "recall", "f1")


def class_intervals(
    labels: np.ndarray,
    predicted: np.ndarray,
    baseline: np.ndarray | None,
    num_classes: int,
    runs: Sequence[int] | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, list[Any]]:
    """The 95 % intervals of each class's scores, and its recall's difference to the baseline's.

    Recall is accuracy over the class's test images, and estimated as such. Precision and F1 are
    ratios whose denominators vary too; see ``ratio_values``. None of them is tested, and the
    intervals are not corrected for the number of classes.

    Args:
      labels: [n] of the test images.
      predicted: [R, n] labels that each replicate gives them.
      baseline: [R, n] those of ``real`` with the same seeds; None for ``real`` itself.
      num_classes: K.
      runs, groups: see ``estimate``.

    Returns:
      ``precision_interval``, ``recall_interval`` and ``f1_interval``: for each class [low, high],
      or None where one replicate, one group, or replicates and images without any difference among
      them give none. With a baseline also ``recall_difference``: mean, low and high, None for a
      class without test images.
    """
    found: dict[str, list[Any]] = {f"{score}_interval": [] for score in SCORES}
    differences = []
    for label in range(num_classes):
        is_true, is_predicted = labels == label, predicted == label
        hits = is_predicted & is_true
        own_groups = None if groups is None else groups[is_true]
        ratios = {
            "precision": (hits, is_predicted),
            "f1": (2 * hits, is_predicted.astype(int) + is_true),
        }
        for score, (parts, wholes) in ratios.items():
            values = ratio_values(parts, wholes)
            interval = None if values is None else _interval(estimate(values, None, runs, groups))
            found[f"{score}_interval"].append(_clipped(interval))
        recall, difference = None, None
        if is_true.any():
            ours = hits[:, is_true].astype(float)
            recall = _interval(estimate(ours, None, runs, own_groups))
        if is_true.any() and baseline is not None:
            value = estimate(ours - (baseline[:, is_true] == label), None, runs, own_groups)
            low, high = _interval(value) or (None, None)
            difference = {"mean": value.mean, "low": low, "high": high}
        found["recall_interval"].append(_clipped(recall))
        differences.append(difference)
    return found if baseline is None else found | {"recall_difference": differences}


def ratio_values(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray | None:
    """Values [R, n] whose means are the ratios of sums and vary as these do.

    A ratio r = sum(a) / sum(b) over n images varies like the mean of r + n (a - r b) / sum(b), to
    first order (Cochran 1977, Sampling Techniques, section 6.4).

    Args:
      parts: [R, n] a.
      wholes: [R, n] b.

    Returns:
      None where a replicate has no whole (a class that it never predicts has no precision).
    """
    sums = wholes.sum(axis=1, keepdims=True)
    if not sums.all():
        return None
    ratios = parts.sum(axis=1, keepdims=True) / sums
    return ratios + wholes.shape[1] * (parts - ratios * wholes) / sums


def _interval(value: Estimate) -> list[float] | None:
    return [value.low, value.high] if value.standard_error else None


def _clipped(interval: list[float] | None) -> list[float] | None:
    return None if interval is None else [max(0.0, interval[0]), min(1.0, interval[1])]


def write_class_csv(
    path: Path, entries: Sequence[Mapping[str, Any]], class_names: Sequence[str]
) -> None:
    """Writes classes.csv: one line a cell and class, as in [Fossen2020]'s tables 6.2 and 7.2.

    Precision, recall and F1 are means over runs; support is the class's number of test images.
    Intervals and the difference of recall to ``real`` follow, empty where there is none.
    """
    columns = ["name", "arm", "amount", "real_images_per_class"]
    ends = [f"{score}_{end}" for score in SCORES for end in ("low", "high")]
    difference = ["recall_minus_real", "recall_minus_real_low", "recall_minus_real_high"]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, "accuracy", "class", *SCORES, "support", *ends, *difference])
        for entry in entries:
            found = entry["per_class"]
            for index, class_name in enumerate(class_names):
                to_real = found.get("recall_difference", {index: None})[index] or {}
                writer.writerow(
                    [*(entry[name] for name in columns), entry["scores"]["accuracy"], class_name]
                    + [found[score][index] for score in (*SCORES, "support")]
                    + [
                        end
                        for score in SCORES
                        for end in found[f"{score}_interval"][index] or (None, None)
                    ]
                    + [to_real.get(name) for name in ("mean", "low", "high")]
                )
