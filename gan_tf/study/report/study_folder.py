"""The files of a finished study."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_tf.study.analysis.finished_studies import RESULTS_FILE
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.execution.store import ReplicateResult
from gan_tf.study.report.drawing import LIGHT
from gan_tf.study.report.study_page import study_figures, study_html
from gan_tf.study.report.tables import write_class_csv, write_results_csv
from gan_tf.study.report.tensorboard import write_events

REPORT_FILE = "report.html"


def write_study(
    folder: Path,
    results: Mapping[str, Any],
    data: StudyData,
    by_replicate: Mapping[str, ReplicateResult],
) -> None:
    """Write results.json, the tables, the figures, the report and the TensorBoard events.

    Args:
      folder: of the study; exists.
      results: content of results.json.
      data: the images, for the report.
      by_replicate: result of each replicate, by its name, for the events.
    """
    write_json(folder / RESULTS_FILE, results)
    write_results_csv(folder / "results.csv", results["cells"])
    write_class_csv(folder / "classes.csv", results["cells"], results["data"]["classes"])
    for name, draw in study_figures(results).items():
        png = draw(LIGHT)
        if png is not None:
            (folder / f"{name}.png").write_bytes(png)
    (folder / REPORT_FILE).write_text(study_html(results, data), encoding="utf-8")
    write_events(folder, by_replicate)


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    """Write results.json; the same results give the same bytes."""
    path.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8")
