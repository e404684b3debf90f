"""Scores, intervals, differences and verdicts of the cells of a study."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gan_tf.metrics import PREDICTION_METRICS
from gan_tf.metrics.classification import class_scores
from gan_tf.metrics.compute import prediction_scores
from gan_tf.study.analysis.class_scores import class_intervals
from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, SHARE, Estimate, estimate
from gan_tf.study.analysis.statistics.significance import holm, mcnemar
from gan_tf.study.analysis.verdict import HELPS, INCONCLUSIVE, Verdict, verdict
from gan_tf.study.design.arms import ARMS, BASELINE
from gan_tf.study.design.cells import Cell, Replicate
from gan_tf.study.design.options import PRIMARY_SCORES
from gan_tf.study.execution.store import ReplicateResult

#: The family of all controls, see ``add_verdicts``.
CONTROL = "control"
#: If a larger share of the test images are near copies of training images, nothing "helps".
MOST_COPIED = 0.02


def cell_results(
    replicates: Sequence[Replicate],
    results: Mapping[str, ReplicateResult],
    test_labels: np.ndarray,
    primary: str,
    smallest_effect: float,
    test_groups: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """Return one entry per cell, in the order of the study: scores, interval, difference, verdict.

    Args:
      replicates: every replicate of the study.
      results: result of each replicate, by its name.
      test_labels: [n].
      primary: name in PRIMARY_SCORES of the score that is estimated and tested.
      smallest_effect: see ``verdict``.
      test_groups: [n] group of every test image; None if each image is its own group.
    """
    strata = test_labels if PRIMARY_SCORES[primary] else None
    by_cell: dict[Cell, list[Replicate]] = {}
    for replicate in replicates:
        by_cell.setdefault(replicate.cell, []).append(replicate)
    predicted = {
        cell: np.stack([results[one.name].probabilities.argmax(axis=1) for one in members])
        for cell, members in by_cell.items()
    }
    is_correct = {cell: labels == test_labels for cell, labels in predicted.items()}
    entries = []
    for cell, members in by_cell.items():
        gan_runs = _gan_runs(cell, members)
        entry = _cell_scores(cell, members, [results[one.name] for one in members], test_labels)
        correct = is_correct[cell].astype(float)
        entry["estimate"] = (
            estimate(correct, strata, gan_runs, test_groups, SHARE).within(0.0, 1.0)._asdict()
        )
        entry["per_class"] |= class_intervals(
            test_labels,
            predicted[cell],
            None if cell.arm == BASELINE else predicted[cell.baseline],
            len(entry["per_class"]["support"]),
            gan_runs,
            test_groups,
        )
        if cell.arm != BASELINE:
            baseline = is_correct[cell.baseline]
            difference = estimate(
                correct - baseline, strata, gan_runs, test_groups, DIFFERENCE
            ).within(-1.0, 1.0)
            entry["difference"] = difference._asdict()
            entry["mcnemar_p"] = [
                mcnemar(one, other, test_groups)
                for one, other in zip(is_correct[cell], baseline, strict=True)
            ]
        entries.append(entry)
    add_verdicts(entries, len(test_labels), smallest_effect)
    return entries


def add_verdicts(
    entries: Sequence[dict[str, Any]], num_test_images: int, smallest_effect: float
) -> None:
    """Add family, Holm-adjusted p-value and verdict to each entry that has a difference.

    A family is the entries that answer one question, over which p-values are adjusted: all amounts
    of an arm with synthetic images, or all controls.
    """
    families: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if "difference" in entry:
            entry["family"] = CONTROL if entry["is_control"] else entry["arm"]
            families.setdefault(entry["family"], []).append(entry)
    for family in families.values():
        p_values = [entry["difference"]["p_value"] for entry in family]
        adjusted = [None] * len(family) if None in p_values else holm(p_values)
        for entry, adjusted_p in zip(family, adjusted, strict=True):
            difference = Estimate(**entry["difference"])
            entry["holm_p"] = adjusted_p
            entry["verdict"] = verdict(
                difference, adjusted_p, num_test_images, smallest_effect, len(family)
            )._asdict()


def withhold_helps(
    entries: Iterable[dict[str, Any]], num_copied: int, num_test_images: int
) -> None:
    """Replace "helps" by "inconclusive" if too many test images are near copies.

    Args:
      entries: cells with verdicts.
      num_copied: number of test images that are near copies of real or synthetic training images.
      num_test_images: number of test images.
    """
    if num_copied <= MOST_COPIED * num_test_images:
        return
    share = f"{100 * num_copied / num_test_images:.1f}% of the test images"
    for entry in entries:
        if entry.get("verdict", {}).get("outcome") == HELPS:
            reason = f"{entry['verdict']['reason']}, but {share} are near copies of training images"
            entry["verdict"] = Verdict(INCONCLUSIVE, None, None, reason)._asdict()


def _gan_runs(cell: Cell, members: Sequence[Replicate]) -> list[int] | None:
    """Return the GAN run of each replicate, if there are several and the arm uses their images."""
    arm = ARMS[cell.arm]
    gan_runs = [replicate.gan_run for replicate in members]
    uses_images = arm.uses_amount and not arm.is_control
    return gan_runs if uses_images and len(set(gan_runs)) > 1 else None


def _cell_scores(
    cell: Cell,
    members: Sequence[Replicate],
    results: Sequence[ReplicateResult],
    test_labels: np.ndarray,
) -> dict[str, Any]:
    scores = [prediction_scores(test_labels, result.probabilities) for result in results]
    by_class = [class_scores(test_labels, result.probabilities) for result in results]
    means = {name: _mean([one[name] for one in scores]) for name in PREDICTION_METRICS}
    gan_test = _mean([result.gan_test for result in results])
    per_class = {
        name: np.mean([getattr(one, name) for one in by_class], axis=0).tolist()
        for name in ("precision", "recall", "f1", "support")
    }
    return {
        "name": cell.name,
        "arm": cell.arm,
        "title": ARMS[cell.arm].title,
        "is_control": ARMS[cell.arm].is_control,
        "amount": None if cell.amount is None else cell.amount.text,
        "real_images_per_class": cell.real_images_per_class,
        "num_images": results[0].num_images,
        "num_steps": max(result.num_steps for result in results),
        "scores": means | ({} if gan_test is None else {"gan_test": gan_test}),
        "per_class": per_class,
        "confusion": np.mean([one.confusion for one in by_class], axis=0).tolist(),
        "history": _mean_history([result.history for result in results]),
        "replicates": [
            {"seed": replicate.seed, "gan_run": replicate.gan_run}
            | one
            | ({"log": result.log} if result.log else {})
            for replicate, one, result in zip(members, scores, results, strict=True)
        ],
    }


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean, or None if a value is None."""
    return None if any(value is None for value in values) else float(np.mean(values))


def _mean_history(histories: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """Return the learning curve averaged over replicates, as long as the shortest."""
    return [
        {name: float(np.mean([point[name] for point in points])) for name in points[0]}
        for points in zip(*histories, strict=False)
    ]
