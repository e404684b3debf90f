"""Several finished studies in one table, adjusted for all of its comparisons together.

[Fossen2020]'s tables 6.2 and 7.2 are such tables: many studies of the same real images, classifier
and test set that differ in their synthetic images. Each study adjusts its p-values for its own arms
only, so that "helps" would occur too often by chance across several studies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from data_tools.errors import InputError
from gan_tf import __version__
from gan_tf.study.analysis.answer import answer, answering_cells
from gan_tf.study.analysis.cell_results import add_verdicts, withhold_helps
from gan_tf.study.analysis.finished_studies import FinishedStudy
from gan_tf.study.analysis.labels import cell_label

FORMAT = 3

#: Options that affect only the augmented control, in which studies may differ.
FREE_OPTIONS = ("augment",)
#: What a row takes from a study's cell, apart from difference, p-value and verdict.
KEPT_KEYS = ("name", "arm", "title", "is_control", "amount", "real_images_per_class", "num_images")
KEPT_KEYS += ("num_steps", "scores", "per_class", "estimate")


def compared(studies: Sequence[FinishedStudy], classes: Sequence[str]) -> dict[str, Any]:
    """Return the table of the studies, for results.json.

    Every arm is compared with the ``real`` arm of its own study. Holm's adjustment is over all
    comparisons in the table that answer one question, see ``add_verdicts``.

    Args:
      studies: one or more.
      classes: labels whose precision and recall are shown; every label if empty.

    Returns:
      A dictionary whose ``cells`` are the rows.

    Raises:
      InputError: see ``refuse_different``; an unknown label.
    """
    refuse_different(studies)
    first = studies[0].results
    for name in classes:
        if name not in first["data"]["classes"]:
            labels = ", ".join(first["data"]["classes"])
            raise InputError(f"--classes has '{name}', which is not a label ({labels})")
    rows = [_row(study, cell) for study in studies for cell in study.results["cells"]]
    num_images = first["data"]["test"]["num_images"]
    add_verdicts(rows, num_images, first["settings"]["smallest_effect"])
    for study in studies:
        own = (row for row in rows if row["study"] == study.name)
        withhold_helps(own, study.results["num_test_copies"], num_images)
    return {
        "format": FORMAT,
        "version": __version__,
        "num_seeds": first["num_seeds"],
        "verdict": _verdict_sentence(rows, len(studies), first["settings"]),
        "num_compared": dict(Counter(row["family"] for row in rows if row["family"])),
        "settings": _common_options(first),
        "data": {
            "classes": first["data"]["classes"],
            "shown_classes": list(classes) or first["data"]["classes"],
            "real": first["data"]["real"],
            "test": first["data"]["test"],
            "validation": first["data"]["validation"],
        },
        "studies": [
            {
                "name": study.name,
                "synthetic": study.results["data"]["synthetic"],
                "notes": study.results["notes"],
                "leaks": study.results["leaks"],
            }
            for study in studies
        ],
        "cells": rows,
    }


def refuse_different(studies: Sequence[FinishedStudy]) -> None:
    """Raise an InputError if studies differ in more than their synthetic images.

    They must have the same labels, test images, real training images, validation images, seeds
    and options (classifier, steps, weights, tested score, ...).
    """
    first = studies[0]
    expected = _conditions(first.results)
    for study in studies[1:]:
        actual = _conditions(study.results)
        for name in {**expected, **actual}:
            if expected.get(name) != actual.get(name):
                raise InputError(
                    f"--study: {name} is {actual.get(name)} in '{study.name}' but "
                    f"{expected.get(name)} in '{first.name}'; compare studies that differ only in "
                    "their synthetic images"
                )


def _conditions(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return what all studies of a table must have in common, by name."""
    data = results["data"]
    return {
        "the list of labels": ", ".join(data["classes"]),
        "the test set": _set_name(data["test"]),
        "the number of groups of test images": data["test"]["num_groups"],
        "the real training set": _set_name(data["real"]),
        "the validation set": data["validation"] and _set_name(data["validation"]),
        "the number of seeds": results["num_seeds"],
    } | {f"option {name}": value for name, value in _common_options(results).items()}


def _common_options(results: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in results["settings"].items() if key not in FREE_OPTIONS}


def _set_name(summary: Mapping[str, Any]) -> str:
    return f"'{summary['name']}' ({summary['num_images']} images, {summary['fingerprint'][:12]})"


def _row(study: FinishedStudy, cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell as a row, without the significance that its own study reports."""
    row = {"study": study.name} | {key: cell[key] for key in KEPT_KEYS}
    row["family"] = None
    if "difference" in cell:
        row["difference"] = cell["difference"]
    return row


def _verdict_sentence(
    rows: Sequence[Mapping[str, Any]], num_studies: int, options: Mapping[str, Any]
) -> str:
    """Return the answer of all studies in words."""
    answering = answering_cells(rows)
    if not answering:
        return (
            "Neither 'mixed' nor 'synthetic' is among the arms of these studies, so they give no "
            "verdict on synthetic images."
        )
    num_compared = sum(row["family"] == answering[0]["arm"] for row in rows)
    scope = (
        f"Across {_counted(num_studies, 'study', 'studies')}, Holm-adjusted for "
        f"{_counted(num_compared, 'comparison', 'comparisons')}, "
    )
    return scope + answer(
        answering,
        options["primary"],
        options["synthetic_classes"],
        lambda row: f" in {row['study']} ({cell_label(row)})",
    )


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
