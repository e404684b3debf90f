"""A whole study: data in, every run, statistics, report."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data_tools.errors import InputError
from data_tools.sources import open_source
from gan_tf import __version__
from gan_tf.inputs.images import LabelledImages, load_images
from gan_tf.study import figures, results
from gan_tf.study.arms import BASELINE
from gan_tf.study.leaks import image_records, refuse_leaks
from gan_tf.study.near_duplicates import near_pairs
from gan_tf.study.plan import Run
from gan_tf.study.pool import train_all
from gan_tf.study.report import report_html
from gan_tf.study.settings import ImageSet, Settings, StudyData, training_set
from gan_tf.study.store import Store


@dataclass(frozen=True)
class Sources:
    """What a study reads: specs of ``data_tools.sources.open_source``.

    Attributes:
      real: training images.
      synthetic: one set a GAN run.
      test: real test images.
    """

    real: str
    synthetic: tuple[str, ...]
    test: str


@dataclass(frozen=True)
class Question:
    """What is asked of the runs.

    Attributes:
      primary: name in ``results.PRIMARY``.
      smallest_effect: the smallest difference that matters, as a fraction.
    """

    primary: str = "accuracy"
    smallest_effect: float = 0.01


class Loaded:
    """The checked images of a study: one numbering of labels, one shape, no leak.

    Raises:
      InputError: see ``open_source``; sets that do not fit together; a leak.
    """

    def __init__(self, sources: Sources):
        self.real = load_images(sources.real, "train")
        self.test = load_images(sources.test, "test")
        self.synthetic = [load_images(spec, "train") for spec in sources.synthetic]
        sets = [(self.test, "--test_data")]
        sets += [(images, f"--synthetic={images.name}") for images in self.synthetic]
        for images, flag in sets:
            _refuse_misfit(self.real, images, flag)
        trained_on = [open_source(spec).trained_on for spec in sources.synthetic]
        self.num_seen = [len(seen) for seen in trained_on]
        seen_by = {"--data": image_records(self.real)}
        for images, seen in zip(self.synthetic, trained_on, strict=True):
            flag = f"--synthetic={images.name}"
            seen_by |= {flag: image_records(images), f"the training data of {flag}": seen}
        refuse_leaks(self.test, image_records(self.test), seen_by)

    @property
    def data(self) -> StudyData:
        """The arrays, with every label numbered as in the real training data."""
        names = self.real.class_names
        nothing = ImageSet(self.real.images[:0], self.real.labels[:0])
        return StudyData(
            real=_renumbered(self.real, names),
            synthetic=[_renumbered(images, names) for images in self.synthetic] or [nothing],
            test=_renumbered(self.test, names),
            class_names=names,
        )

    def leak_text(self) -> str:
        """What was checked, as a sentence."""
        if not self.synthetic:
            return "No test image is among the training images, by bytes, by pixels or by group."
        num_listed = sum(count > 0 for count in self.num_seen)
        listed = f"{num_listed} of {len(self.synthetic)} synthetic sets list the real images"
        return (
            "No test image is among the training images, real or synthetic, by bytes, by pixels or "
            f"by group; {listed} that their generator saw, and no test image is among those."
        )

    def near_duplicates(self) -> list[dict[str, Any]]:
        """Test images that are nearly training images, with names and differences."""
        found = []
        for images in (self.real, *self.synthetic):
            found += [
                {
                    "test": self.test.examples[pair.test].path,
                    "training": images.examples[pair.training].path,
                    "set": images.name,
                    "difference": pair.difference,
                }
                for pair in near_pairs(self.test.images, images.images)
            ]
        return found


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
      InputError: see ``Loaded`` and ``Store``; a class has too few images for a cell.
    """
    loaded = Loaded(sources)
    data = loaded.data
    settings = settings.with_steps(_largest_training_set(runs, data, settings))
    store = Store(dest, _identity(loaded, runs, settings))
    try:
        finished = store.finished()
        if finished:
            say(f"found {len(finished)} of {len(runs)} runs finished in {store.folder}")
        left = [run for run in runs if run.name not in finished]
        scratch = store.folder / "images"
        trained = train_all(left, data, settings, num_workers, scratch, prepare)
        for run, result in progress(trained, len(finished), len(runs)):
            store.save(run.name, result)
        found = _results(loaded, store, runs, settings, question)
        _write(store.folder, found, data)
        store.commit()
    finally:
        store.close()
    return found


def _largest_training_set(runs: Sequence[Run], data: StudyData, settings: Settings) -> int:
    sizes = {run.cell.name: len(training_set(run, data, settings)) for run in runs}
    for name, size in sizes.items():
        if not size:
            raise InputError(f"arm '{name}' has no training images; leave it out")
    return max(sizes.values())


def _results(
    loaded: Loaded, store: Store, runs: Sequence[Run], settings: Settings, question: Question
) -> dict[str, Any]:
    cells = results.cell_results(
        runs,
        {run.name: store.load(run.name) for run in runs},
        loaded.data.test.labels,
        question.primary,
        question.smallest_effect,
    )
    num_gan_runs = len(loaded.synthetic)
    return {
        "format": results.FORMAT,
        "version": __version__,
        "verdict": results.sentence(cells, num_gan_runs, question.primary),
        "notes": [*_control_notes(cells), *_slice_notes(cells, max(loaded.num_seen, default=0))],
        "num_seeds": len({run.seed for run in runs}),
        "settings": settings.card() | asdict(question),
        "data": {
            "classes": list(loaded.real.class_names),
            "real": _card(loaded.real, loaded.real.class_names),
            "synthetic": [_card(one, loaded.real.class_names) for one in loaded.synthetic],
            "test": _card(loaded.test, loaded.real.class_names),
        },
        "leaks": loaded.leak_text(),
        "near_duplicates": loaded.near_duplicates(),
        "cells": cells,
    }


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
    pictures = {
        "curves.png": figures.curve_figure(found["cells"], figures.LIGHT),
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
        "--synthetic": [images.fingerprint for images in loaded.synthetic],
        "runs": [run.name for run in runs],
        **settings.card(),
    }


def _card(images: LabelledImages, names: Sequence[str]) -> dict[str, Any]:
    labels = _renumbered(images, names).labels
    return {
        "name": images.name,
        "fingerprint": images.fingerprint,
        "num_images": len(images.labels),
        "shape": list(images.images.shape[1:]),
        "counts": np.bincount(labels, minlength=len(names)).tolist(),
    }


def _renumbered(images: LabelledImages, names: Sequence[str]) -> ImageSet:
    number = np.array([list(names).index(name) for name in images.class_names], np.int32)
    return ImageSet(images.images, number[images.labels])


def _refuse_misfit(real: LabelledImages, images: LabelledImages, flag: str) -> None:
    for name in images.class_names:
        if name not in real.class_names:
            raise InputError(
                f"{flag} has label '{name}', which --data lacks ({', '.join(real.class_names)})"
            )
    if images.images.shape[1:] != real.images.shape[1:]:
        ours, theirs = ("x".join(map(str, one.images.shape[1:])) for one in (real, images))
        raise InputError(
            f"{flag} has images of {theirs} (height, width, channels) but --data of {ours}; bring "
            "them to one size with `data_tools convert --op=resize_images`"
        )
