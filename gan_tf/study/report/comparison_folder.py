"""The files of a comparison of studies."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data_tools.files.staging import staged
from gan_tf.metrics import METRICS
from gan_tf.study.analysis.answer import outcome
from gan_tf.study.analysis.comparison import compared
from gan_tf.study.analysis.finished_studies import RESULTS_FILE, finished_studies
from gan_tf.study.analysis.labels import cell_label
from gan_tf.study.report import page
from gan_tf.study.report.figures import comparison_figure
from gan_tf.study.report.study_folder import REPORT_FILE, write_json
from gan_tf.study.report.tables import write_comparison_csv


def write_comparison(folders: Sequence[Path], classes: Sequence[str], dest: Path) -> dict[str, Any]:
    """Write ``table.csv``, ``results.json`` and ``report.html`` into the folder ``dest``.

    Args:
      folders: of finished studies, in the order of the table.
      classes: labels whose precision and recall are shown; every label if empty.
      dest: folder to create.

    Returns:
      The content of results.json; ``cells`` are the rows.

    Raises:
      InputError: see ``finished_studies`` and ``compared``.
    """
    results = compared(finished_studies(folders), classes)
    with staged(dest) as folder:
        write_json(folder / RESULTS_FILE, results)
        write_comparison_csv(folder / "table.csv", results)
        (folder / REPORT_FILE).write_text(_html(results), encoding="utf-8")
    return results


def _html(results: Mapping[str, Any]) -> str:
    """Return the self-contained page."""
    cells = [row | {"label": cell_label(row)} for row in results["cells"]]
    common_outcome = outcome(cells)
    return page.rendered(
        "comparison.html.j2",
        results={**results, "cells": cells},
        outcome=common_outcome,
        headline=page.HEADLINES[common_outcome],
        score=METRICS[results["settings"]["primary"]].title,
        picture_of_differences=page.themed(lambda theme: comparison_figure(cells, theme)),
    )
