"""A whole study: data in, every run, statistics, report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from gan_tf import __version__
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.study.analysis import results
from gan_tf.study.analysis.class_scores import write_class_csv
from gan_tf.study.copies import copies
from gan_tf.study.data.loading import Loaded, Sources, card
from gan_tf.study.design.arms import BASELINE
from gan_tf.study.design.cells import Run
from gan_tf.study.design.settings import Settings, StudyData, training_set
from gan_tf.study.execution.pool import train_all
from gan_tf.study.execution.store import ReplicateResult, Store
from gan_tf.study.gan_runs import generated_sets, images_needed
from gan_tf.study.report import figures
from gan_tf.study.report.study_page import report_html
from gan_tf.study.report.tensorboard import write_events


@dataclass(frozen=True)
class Question:
    """What is asked of the runs.

    Attributes:
      primary: name in ``results.PRIMARY``.
      smallest_effect: the smallest difference that matters, as a fraction.
    """

    primary: str = "accuracy"
    smallest_effect: float = 0.01


def run_study(
    sources: Sources,
    runs: Sequence[Run],
    settings: Settings,
    question: Question,
    dest: Path,
    *,
    num_workers: int = 1,
    prepare: Callable[[], None] = lambda: None,
    progress: Callable[[Iterable, int, int], Iterable] = lambda results, done, total: results,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains every run that is not done yet and writes the study.

    Args:
      sources: the data.
      runs: every classifier to train.
      settings: how.
      question: what is asked of them.
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
    store = Store(dest)
    try:
        loaded = Loaded(_with_generated(sources, runs, settings, store.folder, say))
        data = loaded.data
        settings = _settled(settings, runs, data)
        store.begin(_identity(loaded, runs, settings))
        finished = store.finished()
        if finished:
            say(f"found {len(finished)} of {len(runs)} runs finished in {store.folder}")
        left = [run for run in runs if run.name not in finished]
        scratch = store.folder / "images"
        trained = train_all(left, data, settings, num_workers, scratch, prepare)
        for run, result in progress(trained, len(finished), len(runs)):
            store.save(run.name, result)
        outcomes = {run.name: store.load(run.name) for run in runs}
        found = _results(loaded, outcomes, runs, settings, question)
        _write(store.folder, found, data)
        write_events(store.folder, outcomes)
        store.commit()
    finally:
        store.close()
    return found


def study_cost(
    sources: Sources,
    runs: Sequence[Run],
    settings: Settings,
    num_workers: int,
    prepare: Callable[[], None],
) -> str:
    """What ``run_study`` would cost, as lines for a terminal; a few steps are measured.

    Args:
      sources: the data, without ``gan_runs``.
      runs, settings, num_workers, prepare: see ``run_study``.

    Raises:
      InputError: see ``Loaded``; what ``run_study`` would refuse before its first run.
    """
    data = Loaded(sources).data
    settings = _settled(settings, runs, data)
    prepare()
    from gan_tf.study.execution.cost import as_text, estimated_cost

    return as_text(estimated_cost(runs, data, settings, num_workers), settings, num_workers)


def _settled(settings: Settings, runs: Sequence[Run], data: StudyData) -> Settings:
    """The settings with their number of steps, once the classifier is known to take the images."""
    refuse_images(settings.classifier, data.real.images.shape[1:])
    return settings.with_steps(_largest_training_set(runs, data, settings))


def _with_generated(
    sources: Sources,
    runs: Sequence[Run],
    settings: Settings,
    folder: Path,
    say: Callable[[str], None],
) -> Sources:
    """The sources with a synthetic set of each GAN run that they name, made in ``folder``."""
    if not sources.gan_runs:
        return sources
    cells = {run.cell for run in runs}
    needed = images_needed(sources.real, cells, settings.kept_shares)
    say(f"generating {needed} images a class from each of {len(sources.gan_runs)} GAN runs")
    return replace(sources, synthetic=generated_sets(sources.gan_runs, needed, folder))


def _largest_training_set(runs: Sequence[Run], data: StudyData, settings: Settings) -> int:
    sizes = {run.cell.name: len(training_set(run, data, settings)) for run in runs}
    for name, size in sizes.items():
        if not size:
            raise InputError(f"arm '{name}' has no training images; leave it out")
    return max(sizes.values())


def _results(
    loaded: Loaded,
    outcomes: Mapping[str, ReplicateResult],
    runs: Sequence[Run],
    settings: Settings,
    question: Question,
) -> dict[str, Any]:
    test_groups = loaded.test_groups
    cells = results.cell_results(
        runs,
        outcomes,
        loaded.data.test.labels,
        question.primary,
        question.smallest_effect,
        test_groups,
    )
    num_gan_runs, amount_classes = len(loaded.synthetic), _amount_classes(runs)
    copied = copies(loaded.real, loaded.synthetic, loaded.test)
    return {
        "format": results.FORMAT,
        "version": __version__,
        "verdict": results.sentence(cells, num_gan_runs, question.primary, amount_classes),
        "notes": [
            *_control_notes(cells),
            *_slice_notes(cells, max(loaded.num_seen, default=0)),
            *loaded.leak_notes(),
            *(entry["sentence"] for entry in copied),
        ],
        "num_seeds": len({run.seed for run in runs}),
        "settings": settings.card() | asdict(question) | {"amount_classes": amount_classes},
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


def _amount_classes(runs: Sequence[Run]) -> list[str]:
    """The labels that amounts are of; none are all."""
    return sorted({name for run in runs if run.cell.amount for name in run.cell.amount.classes})


def _control_notes(cells: Sequence[dict[str, Any]]) -> list[str]:
    """Which controls do as well as what the verdict is about, without any synthetic image."""
    asked = results.asked_entries(cells)
    notes = []
    for control in (cell for cell in cells if cell["is_control"]):
        mean = control["estimate"]["mean"]
        rivals = [cell for cell in asked if cell["real_per_class"] == control["real_per_class"]]
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


def _identity(loaded: Loaded, runs: Sequence[Run], settings: Settings) -> dict[str, Any]:
    """Everything that the outcome of a run depends on."""
    return {
        "package version": __version__,
        "--data": loaded.real.fingerprint,
        "--test_data": loaded.test.fingerprint,
        "--validation_data": loaded.validation.fingerprint if loaded.validation else None,
        "--synthetic": [images.fingerprint for images in loaded.synthetic],
        "runs": [run.name for run in runs],
        "--amount_classes": _amount_classes(runs),
        **settings.card(),
    }
