"""The report: one HTML file that needs nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

from gan_tf.metrics import METRICS, PREDICTION_METRICS
from gan_tf.study.analysis.results import outcome
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.report import figures, page


def report_html(results: Mapping[str, Any], data: StudyData) -> str:
    """The page for ``results`` (what results.json holds) with its pictures inside.

    Args:
      results: see ``gan_tf.study.study``.
      data: the images, for the sample sheets.
    """
    found = outcome(results["cells"])
    shown = {
        **results,
        "cells": [cell | {"label": figures.label(cell)} for cell in results["cells"]],
    }
    return page.rendered(
        "study.html.j2",
        results=shown,
        outcome=found,
        headline=page.HEADLINES[found],
        metrics={name: METRICS[name] for name in PREDICTION_METRICS},
        score=results["settings"]["primary"].replace("_", " "),
        pictures=_pictures(results),
        sheets=_sheets(data),
        cards=_cards(results),
        pairs=_pairs(results, data),
    )


def _pictures(results: Mapping[str, Any]) -> dict[str, dict[str, str] | None]:
    cells, primary = results["cells"], results["settings"]["primary"]
    by_epoch = results["settings"]["steps"] is None
    makers = {
        "rates": lambda theme: figures.rate_figure(cells, theme),
        "curves": lambda theme: figures.curve_figure(cells, by_epoch, theme),
        "amounts": lambda theme: figures.amount_figure(cells, primary, theme),
        "differences": lambda theme: figures.difference_figure(cells, theme),
    }
    return {name: page.themed(make) for name, make in makers.items()}


def _sheets(data: StudyData) -> list[dict[str, Any]]:
    sets = [("Real training images", data.real)]
    for index, synthetic in enumerate(data.synthetic):
        if not len(synthetic.labels):
            continue
        number = f", GAN run {index}" if len(data.synthetic) > 1 else ""
        sets.append((f"Synthetic images{number}", synthetic))
    found = []
    for title, images in sets:
        png, rows = figures.sample_sheet(images.images, images.labels, data.class_names)
        found.append({"title": title, "uri": page.data_uri(png), "rows": rows})
    return found


def _pairs(results: Mapping[str, Any], data: StudyData) -> list[str]:
    """For each synthetic set a sheet: its nearest images above, the training images below."""
    found = []
    for entry, synthetic in zip(results["copies"], data.synthetic, strict=False):
        nearest = entry["nearest"]
        rows = [
            synthetic.images[[pair["synthetic_index"] for pair in nearest]],
            data.real.images[[pair["training_index"] for pair in nearest]],
        ]
        found.append(page.data_uri(figures.image_sheet(rows, len(nearest))))
    return found


def _cards(results: Mapping[str, Any]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    data = results["data"]
    synthetic = [(f"synthetic {index}", card) for index, card in enumerate(data["synthetic"])]
    if len(synthetic) == 1:
        synthetic = [("synthetic", data["synthetic"][0])]
    cards = [("real, training", data["real"]), *synthetic, ("real, test", data["test"])]
    return [*cards, ("real, validation", data["validation"])] if data["validation"] else cards
