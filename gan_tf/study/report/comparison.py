"""Several finished studies as one table, corrected for all of its comparisons together.

[Fossen2020]'s tables 6.2 and 7.2 are such tables: many studies of the same real images, classifier
and test set that differ in their synthetic images. Each study corrects its p-values for its own
arms only, so over several of them "helps" would be found too often by chance.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from data_tools.errors import InputError
from data_tools.files.staging import staged
from gan_tf import __version__
from gan_tf.study.analysis import results
from gan_tf.study.report import figures, page

FORMAT = 1
SYNTHETIC = "synthetic"
CONTROL = "control"

#: What only the augmented control follows, so that studies may differ in it.
FREE_SETTINGS = ("augment",)
#: What a row has of a study's cell, beside its difference, p-value and verdict.
KEPT = (
    "name",
    "arm",
    "title",
    "is_control",
    "amount",
    "real_images_per_class",
    "num_images",
    "num_steps",
)
KEPT += ("scores", "per_class", "estimate")


class FinishedStudy(NamedTuple):
    """A study that is done.

    Attributes:
      name: its folder's, with as many of the folders above as tell it from the other studies.
      results: what its results.json holds.
    """

    name: str
    results: Mapping[str, Any]


def write_comparison(folders: Sequence[Path], classes: Sequence[str], dest: Path) -> dict[str, Any]:
    """Writes ``table.csv``, ``results.json`` and ``report.html`` into the folder ``dest``.

    Args:
      folders: of finished studies, in the order of the table.
      classes: labels whose precision and recall are shown; no labels are all.
      dest: folder to make.

    Returns:
      what results.json holds; ``cells`` are the rows.

    Raises:
      InputError: a folder holds no finished study or is named twice; studies that are not alike
        (see ``refuse_unlike``); a class that is no label.
    """
    found = compared(finished_studies(folders), classes)
    with staged(dest) as folder:
        results.write_json(folder / "results.json", found)
        write_table(folder / "table.csv", found)
        (folder / "report.html").write_text(_report_html(found), encoding="utf-8")
    return found


def finished_studies(folders: Sequence[Path]) -> list[FinishedStudy]:
    """The studies in the folders, with names that tell them apart.

    Raises:
      InputError: a folder holds no finished study of this version's format, or is named twice.
    """
    places = [folder.resolve() for folder in folders]
    for folder, place in zip(folders, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"--study={folder} is named twice; name every study once")
    depth = 1
    while len(names := {"/".join(place.parts[-depth:]) for place in places}) < len(places):
        depth += 1
    names = ["/".join(place.parts[-depth:]) for place in places]
    return [FinishedStudy(name, _read(at)) for name, at in zip(names, folders, strict=True)]


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / "results.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"--study={folder} holds no finished study: {path.name} is not there; name the --dest "
            "of gan_tf.evaluate"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"--study={folder}: {path} cannot be read: {error}") from None
    if not isinstance(found, dict) or "copies" not in found:
        raise InputError(f"--study={folder}: {path} is not what gan_tf.evaluate writes")
    if found["format"] != results.FORMAT:
        raise InputError(
            f"--study={folder} has format {found['format']}, not {results.FORMAT}; it was made by "
            f"gan-tf {found['version']}: run gan_tf.evaluate again"
        )
    return found


def refuse_unlike(studies: Sequence[FinishedStudy]) -> None:
    """Raises InputError where studies differ in more than their synthetic images.

    They must have the same labels, test images, real training images, validation images, seeds
    and settings (classifier, steps, weights, the score that is tested, ...).
    """
    first = studies[0]
    for study in studies[1:]:
        ours, theirs = _conditions(first.results), _conditions(study.results)
        for name in {**ours, **theirs}:
            if ours.get(name) != theirs.get(name):
                raise InputError(
                    f"--study: '{study.name}' has {name} {theirs.get(name)}, '{first.name}' has "
                    f"{ours.get(name)}; one table needs studies that differ in their synthetic "
                    "images alone"
                )


def _conditions(found: Mapping[str, Any]) -> dict[str, Any]:
    """What every study of a table must have in common, by the words of a complaint."""
    data = found["data"]
    settings = {k: v for k, v in found["settings"].items() if k not in FREE_SETTINGS}
    return {
        "the labels": ", ".join(data["classes"]),
        "the test images": _identity(data["test"]),
        "groups of test images:": data["test"].get("num_groups"),
        "the real images": _identity(data["real"]),
        "the validation images": data["validation"] and _identity(data["validation"]),
        "the number of seeds": found["num_seeds"],
    } | {f"the setting {name} =": value for name, value in settings.items()}


def _identity(card: Mapping[str, Any]) -> str:
    return f"'{card['name']}' ({card['num_images']} images, {card['fingerprint'][:12]})"


def compared(studies: Sequence[FinishedStudy], classes: Sequence[str]) -> dict[str, Any]:
    """The table of the studies, for results.json.

    Every arm is compared with the ``real`` arm of its own study, as there. Holm's correction is
    over all comparisons of the table that use synthetic images; those of the controls, which
    answer another question, are a family of their own.

    Args:
      studies: one or more.
      classes: see ``write_comparison``.

    Raises:
      InputError: see ``refuse_unlike``; a class that is no label.
    """
    refuse_unlike(studies)
    first = studies[0].results
    for name in classes:
        if name not in first["data"]["classes"]:
            known = ", ".join(first["data"]["classes"])
            raise InputError(f"--classes names '{name}', which is no label: {known}")
    rows = [_row(study, cell) for study in studies for cell in study.results["cells"]]
    families = {
        kind: [row for row in rows if row["family"] == kind] for kind in (SYNTHETIC, CONTROL)
    }
    smallest_effect = first["settings"]["smallest_effect"]
    for family in families.values():
        results.judge(family, first["data"]["test"]["num_images"], smallest_effect)
    return {
        "format": FORMAT,
        "version": __version__,
        "num_seeds": first["num_seeds"],
        "verdict": _sentence(rows, len(studies), first["settings"]),
        "num_compared": {kind: len(family) for kind, family in families.items()},
        "settings": {k: v for k, v in first["settings"].items() if k not in FREE_SETTINGS},
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


def _row(study: FinishedStudy, cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell of a study as a row: without what its own study says of significance."""
    row = {"study": study.name} | {name: cell[name] for name in KEPT}
    row["family"] = None
    if "difference" in cell:
        row["difference"] = cell["difference"]
        row["family"] = CONTROL if cell["is_control"] else SYNTHETIC
    return row


def _sentence(
    rows: Sequence[Mapping[str, Any]], num_studies: int, settings: Mapping[str, Any]
) -> str:
    """The answer of all studies in one sentence, over ``results.asked_entries``."""
    asked = results.asked_entries(rows)
    if not asked:
        return "No arm of these studies has synthetic images, so they say nothing about them."
    num_compared = sum(row["family"] == SYNTHETIC for row in rows)
    score = settings["primary"].replace("_", " ")

    def reason(row):
        return f"in {row['study']}, {figures.label(row)}: {score} {row['verdict']['reason']}"

    if len(asked) == 1:
        answer, reasons = asked[0]["verdict"]["outcome"], reason(asked[0])
    else:
        answer = results.counted_outcomes(asked)
        found = results.strongest(asked).items()
        reasons = "; ".join(f"{what} {reason(row)}" for what, row in found)
    # Studies that were stored before they named the labels have none.
    subject = results.subject(asked[0]["arm"], settings.get("synthetic_classes", ()))
    return (
        f"Over {_counted(num_studies, 'study', 'studies')}, corrected for "
        f"{_counted(num_compared, 'comparison', 'comparisons')} with synthetic images, "
        f"{subject}: {answer} ({reasons})."
    )


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def table_text(found: Mapping[str, Any]) -> str:
    """The table as it is printed: one line a row, in columns."""
    rows = [row | {"title": f"{row['study']}: {row['title']}"} for row in found["cells"]]
    return results.table_text(rows, found["settings"]["primary"])


def write_table(path: Path, found: Mapping[str, Any]) -> None:
    """Writes table.csv: one line a row, with precision and recall of the shown classes.

    Scores and differences are fractions; ``family`` says with which a p-value is corrected.
    """
    classes = found["data"]["classes"]
    shown = [(name, classes.index(name)) for name in found["data"]["shown_classes"]]
    columns = ["study", "arm", "amount", "real_images_per_class", "num_images", "num_steps"]
    compared_columns = ["difference", "difference_low", "difference_high", "p_value"]
    per_class = [f"{name} {score}" for name, _ in shown for score in ("precision", "recall")]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [*columns, found["settings"]["primary"], "low", "high", *compared_columns]
            + ["family", "holm_p", "verdict", *per_class]
        )
        for row in found["cells"]:
            value, difference = row["estimate"], row.get("difference", {})
            writer.writerow(
                [row[name] for name in columns]
                + [value[name] for name in ("mean", "low", "high")]
                + [difference.get(name) for name in ("mean", "low", "high", "p_value")]
                + [row["family"], row.get("holm_p"), row.get("verdict", {}).get("outcome")]
                + [row["per_class"][s][i] for _, i in shown for s in ("precision", "recall")]
            )


def _report_html(found: Mapping[str, Any]) -> str:
    """The page: one HTML file that needs nothing else."""
    cells = [row | {"label": figures.label(row)} for row in found["cells"]]
    outcome = results.outcome(cells)
    return page.rendered(
        "comparison.html.j2",
        results={**found, "cells": cells},
        outcome=outcome,
        headline=page.HEADLINES[outcome],
        score=found["settings"]["primary"].replace("_", " "),
        picture_of_differences=page.themed(lambda theme: figures.comparison_figure(cells, theme)),
    )
