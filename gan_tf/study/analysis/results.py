"""From finished replicates to what results.json, the table and the report show."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_tf.metrics import PREDICTION_METRICS
from gan_tf.metrics.classification import class_scores
from gan_tf.metrics.compute import prediction_scores
from gan_tf.study.analysis.class_scores import class_intervals
from gan_tf.study.analysis.statistics import Estimate, estimate, holm, mcnemar
from gan_tf.study.analysis.verdict import HELPS, HURTS, OUTCOMES, Verdict, verdict
from gan_tf.study.design.arms import ARMS, BASELINE
from gan_tf.study.design.cells import Cell, Replicate
from gan_tf.study.execution.store import ReplicateResult

#: What the primary test is about: name to whether it is a mean over classes.
PRIMARY = {"accuracy": False, "balanced_accuracy": True}

FORMAT = 1

SUBJECTS = {
    "mixed": "adding the synthetic images{of_classes} to the real ones",
    "synthetic": "training on the synthetic images{of_classes} instead of the real ones",
}
MIXED_OUTCOME = "it depends on the setting"


def cell_results(
    replicates: Sequence[Replicate],
    outcomes: Mapping[str, ReplicateResult],
    test_labels: np.ndarray,
    primary: str,
    smallest_effect: float,
    test_groups: np.ndarray | None = None,
) -> list[dict[str, Any]]:
    """One entry a cell, in the order of the study: scores, interval, difference to real, verdict.

    Args:
      replicates: every replicate of the study.
      outcomes: result of each, by its name.
      test_labels: [n].
      primary: name in PRIMARY of the score that is estimated and tested.
      smallest_effect: see ``verdict``.
      test_groups: [n] group of every test image; None where each is its own.
    """
    strata = test_labels if PRIMARY[primary] else None
    by_cell: dict[Cell, list[Replicate]] = {}
    for replicate in replicates:
        by_cell.setdefault(replicate.cell, []).append(replicate)
    predicted = {
        cell: np.stack(
            [outcomes[replicate.name].probabilities.argmax(axis=1) for replicate in members]
        )
        for cell, members in by_cell.items()
    }
    correct = {cell: labels == test_labels for cell, labels in predicted.items()}
    entries = []
    for cell, members in by_cell.items():
        results = [outcomes[replicate.name] for replicate in members]
        gan_runs = _gan_runs(cell, members)
        entry = _scores_of_cell(cell, members, results, test_labels)
        ours = correct[cell].astype(float)
        entry["estimate"] = _share(estimate(ours, strata, gan_runs, test_groups))
        entry["per_class"] |= class_intervals(
            test_labels,
            predicted[cell],
            None if cell.arm == BASELINE else predicted[cell.baseline],
            len(entry["per_class"]["support"]),
            gan_runs,
            test_groups,
        )
        if cell.arm != BASELINE:
            base = correct[cell.baseline]
            entry["difference"] = estimate(ours - base, strata, gan_runs, test_groups)._asdict()
            entry["mcnemar_p"] = [
                mcnemar(one, other, test_groups)
                for one, other in zip(correct[cell], base, strict=True)
            ]
        entries.append(entry)
    judge(entries, len(test_labels), smallest_effect)
    return entries


def _gan_runs(cell: Cell, members: Sequence[Replicate]) -> list[int] | None:
    """GAN run of each replicate, where there are several and the arm has their images."""
    arm = ARMS[cell.arm]
    used = [replicate.gan_run for replicate in members]
    has_images = arm.uses_amount and not arm.is_control
    return used if has_images and len(set(used)) > 1 else None


def _scores_of_cell(
    cell: Cell,
    members: Sequence[Replicate],
    results: Sequence[ReplicateResult],
    test_labels: np.ndarray,
) -> dict[str, Any]:
    scores = [prediction_scores(test_labels, result.probabilities) for result in results]
    by_class = [class_scores(test_labels, result.probabilities) for result in results]
    mean = {name: _mean([one[name] for one in scores]) for name in PREDICTION_METRICS}
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
        "scores": mean | ({} if gan_test is None else {"gan_test": gan_test}),
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
    """Return the mean, or None where a value is None."""
    return None if None in values else float(np.mean(values))


def _mean_history(histories: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """The learning curve, averaged over replicates that are as long as the shortest."""
    return [
        {name: float(np.mean([point[name] for point in points])) for name in points[0]}
        for points in zip(*histories, strict=False)
    ]


def judge(entries: list[dict[str, Any]], num_test_images: int, smallest_effect: float) -> None:
    """Adds Holm's p-value over the entries and the verdict to each that has a difference."""
    compared = [entry for entry in entries if "difference" in entry]
    p_values = [entry["difference"]["p_value"] for entry in compared]
    adjusted = [None] * len(compared) if None in p_values else holm(p_values)
    for entry, p_value in zip(compared, adjusted, strict=True):
        difference = Estimate(**entry["difference"])
        found: Verdict = verdict(difference, p_value, num_test_images, smallest_effect)
        entry["holm_p"] = p_value
        entry["verdict"] = found._asdict()


def _share(value: Estimate) -> dict[str, Any]:
    """An estimate of a share: its interval ends at 0 and 1."""
    if value.low is None:
        return value._asdict()
    return value._asdict() | {"low": max(0.0, value.low), "high": min(1.0, value.high)}


def asked_entries(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The cells that answer the question: ``mixed``, else ``synthetic``, else none."""
    for arm in ("mixed", "synthetic"):
        found = [entry for entry in entries if entry["arm"] == arm]
        if found:
            return found
    return []


def outcome(entries: Sequence[Mapping[str, Any]]) -> str:
    """The one outcome of ``asked_entries``, MIXED_OUTCOME where they differ, "" without any."""
    found = {entry["verdict"]["outcome"] for entry in asked_entries(entries)}
    return MIXED_OUTCOME if len(found) > 1 else "".join(found)


def subject(arm: str, synthetic_classes: Sequence[str]) -> str:
    """What a verdict is about.

    Args:
      arm: "mixed" or "synthetic".
      synthetic_classes: labels whose synthetic images are used; none are all.

    >>> subject("mixed", ["mel", "bkl"])
    'adding the synthetic images of mel and bkl to the real ones'
    """
    *others, last = synthetic_classes or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    return SUBJECTS[arm].format(of_classes=f" of {listed}" if listed else "")


def sentence(
    entries: Sequence[Mapping[str, Any]],
    num_gan_runs: int,
    primary: str,
    synthetic_classes: Sequence[str] = (),
) -> str:
    """The study's answer in one sentence, over ``asked_entries``; see ``subject``."""
    found = asked_entries(entries)
    if not found:
        return "No arm of this study has synthetic images, so it says nothing about them."
    scope = "For this synthetic set" if num_gan_runs == 1 else f"Over {num_gan_runs} synthetic sets"
    score = primary.replace("_", " ")
    answer = found[0]["verdict"]["outcome"]
    reasons = f"{score} {found[0]['verdict']['reason']}"
    if len(found) > 1:
        answer = counted_outcomes(found)
        reasons = "; ".join(
            f"{what} with {_setting(entry) or 'all synthetic images'}: {score} "
            f"{entry['verdict']['reason']}"
            for what, entry in strongest(found).items()
        )
    return f"{scope}, {subject(found[0]['arm'], synthetic_classes)}: {answer} ({reasons})."


def strongest(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The cells that differ most from real, one for each direction that is shown.

    Returns:
      "helps most" and "hurts most", as far as there are such cells, else "largest difference".
    """
    found = {}
    for outcome in (HELPS, HURTS):
        members = [one for one in entries if one["verdict"]["outcome"] == outcome]
        if members:
            found[f"{outcome} most"] = _farthest(members)
    return found or {"largest difference": _farthest(entries)}


def _farthest(entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(entries, key=lambda entry: abs(entry["difference"]["mean"]))


def counted_outcomes(entries: Sequence[Mapping[str, Any]]) -> str:
    """How many settings had which outcome, as "helps in 1 of 3 settings, hurts in 2".

    A setting is an amount of synthetic images with a number of real ones.
    """
    found = [entry["verdict"]["outcome"] for entry in entries]
    counts = [(outcome, found.count(outcome)) for outcome in OUTCOMES if outcome in found]
    first = f"{counts[0][0]} in {counts[0][1]} of {len(found)} settings"
    return ", ".join([first, *(f"{outcome} in {count}" for outcome, count in counts[1:])])


def _setting(entry: Mapping[str, Any]) -> str:
    parts = []
    if entry["amount"] not in (None, "all"):
        parts.append(f"amount {entry['amount']}")
    if entry["real_images_per_class"] is not None:
        parts.append(f"{entry['real_images_per_class']} real images a class")
    return ", ".join(parts)


def table_text(entries: Sequence[Mapping[str, Any]], primary: str) -> str:
    """The result table as it is printed: one line a cell, in columns."""
    rows = [("arm", "images", "steps", primary, "95 % interval", "minus real", "verdict")]
    for entry in entries:
        value, difference = entry["estimate"], entry.get("difference")
        setting = _setting(entry)
        rows.append(
            (
                entry["title"] + (f" ({setting})" if setting else ""),
                str(entry["num_images"]),
                str(entry["num_steps"]),
                f"{value['mean']:.4f}",
                _interval(value),
                f"{difference['mean']:+.4f}" if difference else "",
                entry["verdict"]["outcome"] if difference else "",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _interval(value: Mapping[str, Any]) -> str:
    return "" if value["low"] is None else f"{value['low']:.4f} to {value['high']:.4f}"


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    """Writes results.json; the same results give the same bytes."""
    path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def write_csv(path: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Writes results.csv: one line a replicate, with every scalar score."""
    columns = ["name", "arm", "amount", "real_images_per_class", "num_images", "num_steps"]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, "seed", "gan_run", *PREDICTION_METRICS])
        for entry in entries:
            for replicate in entry["replicates"]:
                writer.writerow(
                    [entry[name] for name in columns]
                    + [replicate[name] for name in ("seed", "gan_run", *PREDICTION_METRICS)]
                )
