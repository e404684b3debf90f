"""Result tables for a terminal and as CSV files."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_tf.metrics import PREDICTION_METRICS
from gan_tf.study.analysis.class_scores import CLASS_SCORES
from gan_tf.study.analysis.labels import cell_label

#: A cell of results.json.
Entry = Mapping[str, Any]


def study_table(results: Mapping[str, Any]) -> str:
    """Return the table of a study for a terminal, one line per cell."""
    labels = [cell_label(entry) for entry in results["cells"]]
    return _text_table(results, labels)


def comparison_table(results: Mapping[str, Any]) -> str:
    """Return the table of several studies for a terminal, one line per row."""
    labels = [f"{row['study']}: {cell_label(row)}" for row in results["cells"]]
    return _text_table(results, labels)


def _text_table(results: Mapping[str, Any], labels: Sequence[str]) -> str:
    primary = results["settings"]["primary"]
    rows = [("arm", "images", "steps", primary, "95% CI", "vs. real", "verdict")]
    for label, entry in zip(labels, results["cells"], strict=True):
        estimate, difference = entry["estimate"], entry.get("difference")
        rows.append(
            (
                label,
                str(entry["num_images"]),
                str(entry["num_steps"]),
                f"{estimate['mean']:.4f}",
                _interval(estimate),
                f"{difference['mean']:+.4f}" if difference else "",
                entry["verdict"]["outcome"] if difference else "",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _interval(estimate: Mapping[str, Any]) -> str:
    return "" if estimate["low"] is None else f"{estimate['low']:.4f} to {estimate['high']:.4f}"


def write_results_csv(path: Path, entries: Sequence[Entry]) -> None:
    """Write results.csv: one line per replicate, with every scalar score."""
    columns = ["name", "arm", "amount", "real_images_per_class", "num_images", "num_steps"]
    of_replicate = ["seed", "gan_run", *PREDICTION_METRICS]
    lines = [
        [entry[name] for name in columns] + [replicate[name] for name in of_replicate]
        for entry in entries
        for replicate in entry["replicates"]
    ]
    _write_csv(path, [*columns, *of_replicate], lines)


def write_class_csv(path: Path, entries: Sequence[Entry], class_names: Sequence[str]) -> None:
    """Write classes.csv: one line per cell and class, as in [Fossen2020]'s tables 6.2 and 7.2.

    Precision, recall and F1 are means over replicates; support is the number of test images of the
    class. Intervals and the difference in recall from ``real`` follow, empty if there is none.
    """
    columns = ["name", "arm", "amount", "real_images_per_class"]
    ends = [f"{score}_{end}" for score in CLASS_SCORES for end in ("low", "high")]
    difference = ["recall_minus_real", "recall_minus_real_low", "recall_minus_real_high"]
    header = [*columns, "accuracy", "class", *CLASS_SCORES, "support", *ends, *difference]
    lines = []
    for entry in entries:
        per_class = entry["per_class"]
        for index, class_name in enumerate(class_names):
            change = per_class.get("recall_difference", {index: None})[index] or {}
            intervals = [per_class[f"{score}_interval"][index] for score in CLASS_SCORES]
            lines.append(
                [*(entry[name] for name in columns), entry["scores"]["accuracy"], class_name]
                + [per_class[score][index] for score in (*CLASS_SCORES, "support")]
                + [end for interval in intervals for end in interval or (None, None)]
                + [change.get(name) for name in ("mean", "low", "high")]
            )
    _write_csv(path, header, lines)


def write_comparison_csv(path: Path, results: Mapping[str, Any]) -> None:
    """Write table.csv: one line per row, with precision and recall of the shown classes.

    Scores and differences are fractions; ``family`` is the one over which a p-value is adjusted.
    """
    classes = results["data"]["classes"]
    shown = [(name, classes.index(name)) for name in results["data"]["shown_classes"]]
    columns = ["study", "arm", "amount", "real_images_per_class", "num_images", "num_steps"]
    header = [*columns, results["settings"]["primary"], "low", "high"]
    header += ["difference", "difference_low", "difference_high", "p_value"]
    header += ["family", "holm_p", "verdict"]
    header += [f"{name} {score}" for name, _ in shown for score in ("precision", "recall")]
    lines = []
    for row in results["cells"]:
        estimate, difference, per_class = (
            row["estimate"],
            row.get("difference", {}),
            row["per_class"],
        )
        lines.append(
            [row[name] for name in columns]
            + [estimate[name] for name in ("mean", "low", "high")]
            + [difference.get(name) for name in ("mean", "low", "high", "p_value")]
            + [row["family"], row.get("holm_p"), row.get("verdict", {}).get("outcome")]
            + [per_class[s][index] for _, index in shown for s in ("precision", "recall")]
        )
    _write_csv(path, header, lines)


def _write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
