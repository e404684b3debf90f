"""The report of a study: one self-contained HTML file."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gan_tf.metrics import METRICS, PREDICTION_METRICS
from gan_tf.metrics.near_copies import COPY_RATIO
from gan_tf.study.analysis.answer import outcome
from gan_tf.study.analysis.labels import cell_label
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.report import figures, page
from gan_tf.study.report.drawing import Theme
from gan_tf.study.report.image_sheets import image_sheet, sample_sheet


def study_html(results: Mapping[str, Any], data: StudyData) -> str:
    """Return the page of a study with its pictures embedded.

    Args:
      results: content of results.json.
      data: the images, for the sample sheets.
    """
    study_outcome = outcome(results["cells"])
    cells = [cell | {"label": cell_label(cell)} for cell in results["cells"]]
    draws = study_figures(results)
    return page.rendered(
        "study.html.j2",
        results={**results, "cells": cells},
        outcome=study_outcome,
        headline=page.HEADLINES[study_outcome],
        metrics={name: METRICS[name] for name in PREDICTION_METRICS},
        image_metrics={
            name: METRICS[name]
            for entry in results["image_metrics"][:1]
            for name in entry["values"]
        },
        score=METRICS[results["settings"]["primary"]].title,
        pictures={name: page.themed(draw) for name, draw in draws.items()},
        sheets=_sheets(data),
        sets=_sets(results),
        pairs=_pairs(results, data),
        copy_ratio=COPY_RATIO,
    )


def study_figures(results: Mapping[str, Any]) -> dict[str, Callable[[Theme], bytes | None]]:
    """Return the functions that draw the figures of a study, by name."""
    cells, options = results["cells"], results["settings"]
    by_epoch = options["steps"] is None
    return {
        "rates": lambda theme: figures.rate_figure(cells, theme),
        "curves": lambda theme: figures.curve_figure(cells, by_epoch, theme),
        "differences": lambda theme: figures.difference_figure(cells, theme),
        "amounts": lambda theme: figures.amount_figure(cells, options["primary"], theme),
    }


def _sheets(data: StudyData) -> list[dict[str, Any]]:
    """Return a sample sheet of each training set, with its title and the classes of its rows."""
    sets = [("Real training images", data.real)]
    for index, synthetic in enumerate(data.synthetic):
        if not len(synthetic.labels):
            continue
        number = f", GAN run {index}" if len(data.synthetic) > 1 else ""
        sets.append((f"Synthetic images{number}", synthetic))
    sheets = []
    for title, images in sets:
        png, rows = sample_sheet(images.images, images.labels, data.class_names)
        sheets.append({"title": title, "uri": page.data_uri(png), "rows": rows})
    return sheets


def _pairs(results: Mapping[str, Any], data: StudyData) -> list[str]:
    """Return a sheet per synthetic set: its nearest images above, the training images below."""
    sheets = []
    for entry, synthetic in zip(results["copies"], data.synthetic, strict=False):
        nearest = entry["nearest"]
        rows = [
            synthetic.images[[pair["synthetic_index"] for pair in nearest]],
            data.real.images[[pair["training_index"] for pair in nearest]],
        ]
        sheets.append(page.data_uri(image_sheet(rows, len(nearest))))
    return sheets


def _sets(results: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the kind and the summary of every image set."""
    data = results["data"]
    numbered = len(data["synthetic"]) > 1
    return [
        ("real, training", data["real"]),
        *(
            (f"synthetic {index}" if numbered else "synthetic", summary)
            for index, summary in enumerate(data["synthetic"])
        ),
        ("real, test", data["test"]),
        *([("real, validation", data["validation"])] if data["validation"] else []),
    ]
