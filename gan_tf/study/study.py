"""A whole study: data in, every replicate, statistics, report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from gan_tf import __version__
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.study.analysis import results
from gan_tf.study.analysis.class_scores import write_class_csv
from gan_tf.study.copies import copies
from gan_tf.study.data.loading import Loaded, Sources, card
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.arms import BASELINE
from gan_tf.study.design.cells import Replicate, planned_replicates
from gan_tf.study.design.options import StudyOptions, replicate_options
from gan_tf.study.execution.pool import train_all
from gan_tf.study.execution.store import ReplicateResult, Store
from gan_tf.study.gan_runs import generated_sets, images_needed
from gan_tf.study.report import figures
from gan_tf.study.report.study_page import report_html
from gan_tf.study.report.tensorboard import write_events


def run_study(
    sources: Sources,
    options: StudyOptions,
    fit_options: FitOptions,
    dest: Path,
    *,
    num_workers: int = 1,
    prepare: Callable[[], None] = lambda: None,
    progress: Callable[[Iterable, int, int], Iterable] = lambda results, done, total: results,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains every replicate that is not done yet and writes the study.

    Args:
      sources: the data.
      options: what is compared.
      fit_options: how every classifier is trained.
      dest: folder of the finished study; must not exist.
      num_workers, prepare: see ``train_all``.
      progress: takes an iterable of results, how many were done before and how many there are;
        gives it back.
      say: takes lines for the user.

    Returns:
      What results.json holds.

    Raises:
      InputError: see ``Loaded``, ``Store`` and ``generated_sets``; a class has too few images for
        a cell, or images that the classifier does not take.
    """
    replicates = planned_replicates(options, sources.num_synthetic_sets)
    store = Store(dest)
    try:
        loaded = Loaded(_with_generated(sources, replicates, options, store.folder, say))
        data = loaded.data
        fit_options = _with_steps(fit_options, replicates, data, options)
        store.begin(_identity(loaded, replicates, options, fit_options))
        finished = store.finished()
        if finished:
            say(f"found {len(finished)} of {len(replicates)} replicates finished in {store.folder}")
        left = [replicate for replicate in replicates if replicate.name not in finished]
        scratch = store.folder / "images"
        trained = train_all(left, data, options, fit_options, num_workers, scratch, prepare)
        for replicate, result in progress(trained, len(finished), len(replicates)):
            store.save(replicate.name, result)
        outcomes = {replicate.name: store.load(replicate.name) for replicate in replicates}
        found = _results(loaded, outcomes, replicates, options, fit_options)
        _write(store.folder, found, data)
        write_events(store.folder, outcomes)
        store.commit()
    finally:
        store.close()
    return found


def study_cost(
    sources: Sources,
    options: StudyOptions,
    fit_options: FitOptions,
    num_workers: int,
    prepare: Callable[[], None],
) -> str:
    """What ``run_study`` would cost, as lines for a terminal; a few steps are measured.

    Args:
      sources: the data, without ``gan_runs``.
      options, fit_options, num_workers, prepare: see ``run_study``.

    Raises:
      InputError: see ``Loaded``; what ``run_study`` would refuse before its first replicate.
    """
    replicates = planned_replicates(options, sources.num_synthetic_sets)
    data = Loaded(sources).data
    fit_options = _with_steps(fit_options, replicates, data, options)
    prepare()
    from gan_tf.study.execution.cost import as_text, estimated_cost

    cost = estimated_cost(replicates, data, options, fit_options, num_workers)
    return as_text(cost, options, fit_options, num_workers)


def _with_steps(
    fit_options: FitOptions,
    replicates: Sequence[Replicate],
    data: StudyData,
    options: StudyOptions,
) -> FitOptions:
    """Return the options with a number of steps, if the classifier takes the images."""
    refuse_images(fit_options.classifier, data.real.images.shape[1:])
    return fit_options.with_steps(_largest_training_set(replicates, data, options))


def _with_generated(
    sources: Sources,
    replicates: Sequence[Replicate],
    options: StudyOptions,
    folder: Path,
    say: Callable[[str], None],
) -> Sources:
    """The sources with a synthetic set of each GAN run that they name, made in ``folder``."""
    if not sources.gan_runs:
        return sources
    cells = {replicate.cell for replicate in replicates}
    needed = images_needed(sources.real, cells, options.kept_shares)
    say(f"generating {needed} images a class from each of {len(sources.gan_runs)} GAN runs")
    return replace(sources, synthetic=generated_sets(sources.gan_runs, needed, folder))


def _largest_training_set(
    replicates: Sequence[Replicate], data: StudyData, options: StudyOptions
) -> int:
    sizes = {one.cell.name: len(data.training_set(one, options.kept_shares)) for one in replicates}
    for name, size in sizes.items():
        if not size:
            raise InputError(f"arm '{name}' has no training images; leave it out")
    return max(sizes.values())


def _results(
    loaded: Loaded,
    outcomes: Mapping[str, ReplicateResult],
    replicates: Sequence[Replicate],
    options: StudyOptions,
    fit_options: FitOptions,
) -> dict[str, Any]:
    test_groups = loaded.test_groups
    cells = results.cell_results(
        replicates,
        outcomes,
        loaded.data.test.labels,
        options.primary,
        options.smallest_effect,
        test_groups,
    )
    num_gan_runs, synthetic_classes = len(loaded.synthetic), _synthetic_classes(replicates)
    copied = copies(loaded.real, loaded.synthetic, loaded.test)
    return {
        "format": results.FORMAT,
        "version": __version__,
        "verdict": results.sentence(cells, num_gan_runs, options.primary, synthetic_classes),
        "notes": [
            *_control_notes(cells),
            *_slice_notes(cells, max(loaded.num_seen, default=0)),
            *loaded.leak_notes(),
            *(entry["sentence"] for entry in copied),
        ],
        "num_seeds": len({replicate.seed for replicate in replicates}),
        "settings": replicate_options(options, fit_options)
        | {
            "primary": options.primary,
            "smallest_effect": options.smallest_effect,
            "synthetic_classes": synthetic_classes,
        },
        "data": {
            "classes": list(loaded.real.class_names),
            "real": card(loaded.real, loaded.real.class_names),
            "synthetic": [card(one, loaded.real.class_names) for one in loaded.synthetic],
            "test": card(loaded.test, loaded.real.class_names)
            | {"num_groups": int(test_groups.max()) + 1},
            "validation": (
                card(loaded.validation, loaded.real.class_names) if loaded.validation else None
            ),
        },
        "leaks": loaded.leak_text(),
        "near_duplicates": loaded.near_duplicates(),
        "copies": copied,
        "cells": cells,
    }


def _synthetic_classes(replicates: Sequence[Replicate]) -> list[str]:
    """The labels that amounts are of; none are all."""
    amounts = {one.cell.amount for one in replicates if one.cell.amount}
    return sorted({name for amount in amounts for name in amount.classes})


def _control_notes(cells: Sequence[dict[str, Any]]) -> list[str]:
    """Which controls do as well as what the verdict is about, without any synthetic image."""
    asked = results.asked_entries(cells)
    notes = []
    for control in (cell for cell in cells if cell["is_control"]):
        mean = control["estimate"]["mean"]
        size = control["real_images_per_class"]
        rivals = [cell for cell in asked if cell["real_images_per_class"] == size]
        if rivals and all(mean >= cell["estimate"]["mean"] for cell in rivals):
            notes.append(
                f"The control '{figures.label(control)}', which needs no synthetic images, scores "
                f"at least as high ({100 * mean:.2f} %)."
            )
    return notes


def _slice_notes(cells: Sequence[dict[str, Any]], num_seen: int) -> list[str]:
    """A warning where the generator knew more real images than the classifier was given."""
    sizes = [cell["num_images"] for cell in cells if cell["arm"] == BASELINE]
    if num_seen <= min(sizes):
        return []
    return [
        f"The generator saw {num_seen} real images, the smallest real arm only {min(sizes)}: what "
        "the synthetic images add there may be what those other real images would add."
    ]


def _write(folder: Path, found: dict[str, Any], data: StudyData) -> None:
    results.write_json(folder / "results.json", found)
    results.write_csv(folder / "results.csv", found["cells"])
    write_class_csv(folder / "classes.csv", found["cells"], found["data"]["classes"])
    pictures = {
        "rates.png": figures.rate_figure(found["cells"], figures.LIGHT),
        "curves.png": figures.curve_figure(
            found["cells"], found["settings"]["steps"] is None, figures.LIGHT
        ),
        "differences.png": figures.difference_figure(found["cells"], figures.LIGHT),
        "amounts.png": figures.amount_figure(
            found["cells"], found["settings"]["primary"], figures.LIGHT
        ),
    }
    for name, png in pictures.items():
        if png is not None:
            (folder / name).write_bytes(png)
    (folder / "report.html").write_text(report_html(found, data), encoding="utf-8")


def _identity(
    loaded: Loaded,
    replicates: Sequence[Replicate],
    options: StudyOptions,
    fit_options: FitOptions,
) -> dict[str, Any]:
    """Everything that the outcome of a replicate depends on."""
    return {
        "package version": __version__,
        "--data": loaded.real.fingerprint,
        "--test_data": loaded.test.fingerprint,
        "--validation_data": loaded.validation.fingerprint if loaded.validation else None,
        "--synthetic": [images.fingerprint for images in loaded.synthetic],
        "replicates": [replicate.name for replicate in replicates],
        "--synthetic_classes": _synthetic_classes(replicates),
        **replicate_options(options, fit_options),
    }
