"""Measures whether synthetic images help a classifier, with intervals and a plain verdict.

  python -m gan_tf.evaluate --data=records --synthetic=synthetic --test_data=records --dest=study
  python -m gan_tf.evaluate --data=records --gan_runs=runs/a,runs/b --test_data=records --dest=study

Trains a classifier for every arm and seed on the same number of optimizer steps and tests it on
real images that nothing was trained on. Writes results.json, results.csv, classes.csv (precision,
recall and F1 of each class by amount, with intervals), pictures and report.html.
A study that was stopped goes on when the same command is given again.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from gan_tf import cli
from gan_tf.classifiers.recipe import AUGMENTATIONS, CLASSIFIERS

BUDGETS = ("steps", "epochs")


def define_flags() -> flags.FlagValues:
    """The flags of this command, unparsed."""
    define = FlagTable()
    _define_images(define)
    _define_arms(define)
    _define_training(define)
    define.choice(
        "primary", "accuracy", ["accuracy", "balanced_accuracy"], "The score that is tested."
    )
    define.number(
        "smallest_effect",
        0.01,
        "The smallest difference that matters, as a fraction.",
        lower=1e-6,
        upper=1.0,
    )
    define.whole("workers", 0, "Runs at the same time; 0 is one for each core.", lower=0)
    define.text("dest", None, "Folder to make; must not exist.")
    define.switch("dry_run", "Print how many runs, steps and hours; do nothing else.")
    return define.values


def _define_images(define: FlagTable) -> None:
    define.text("data", None, "Real training images: a folder, TFRecords, idx files, tfds:NAME.")
    define.texts("synthetic", "Synthetic images; once for each GAN run.")
    define.names(
        "gan_runs",
        "",
        "In place of --synthetic: run directories of gan_tf.train, from each of which the images "
        "that --synthetic_images_per_class needs are made.",
    )
    define.text("test_data", None, "Real test images; of a split data set its test split is read.")
    define.text("validation_data", "", "Real images by which runs end and their best points count.")


def _define_arms(define: FlagTable) -> None:
    define.names(
        "arms",
        "real,synthetic,mixed",
        "What to train on, of real, synthetic, mixed and the "
        "controls augmented, oversampled, class_weighted.",
    )
    define.names(
        "synthetic_images_per_class",
        "all",
        "Synthetic images: per class (250), times the real ones (0.5x), "
        "'balance' or 'all'; several are nested.",
    )
    define.names(
        "synthetic_classes",
        "",
        "Labels that --synthetic_images_per_class adds to; every label unless given.",
    )
    define.names(
        "real_images_per_class", "", "Sizes of real training slices per class; all unless given."
    )
    define.names("cut", "", "label:share to which a class of the real training images is cut.")
    define.names("augment", "shift,rotation,color", "What the augmented arm does; also flip.")
    define.whole(
        "seeds", 5, "Replicates of every arm; seed s starts all arms from the same weights."
    )


def _define_training(define: FlagTable) -> None:
    define.choice("classifier", "lenet", CLASSIFIERS, "What is trained.")
    define.text("weights", "none", "Pretrained weights of a ResNet-50: imagenet, none or a file.")
    define.choice("budget", "steps", BUDGETS, "What all arms have the same number of.")
    define.whole(
        "steps",
        None,
        "Optimizer steps of every run; unless given, 10 epochs of the largest arm, at least 1000.",
    )
    define.whole("epochs", None, "Passes over its own images of every run, with --budget=epochs.")
    define.whole("batch_size", 64, "Images a step.")
    define.whole("curve_points", 10, "Points of the learning curves.")
    define.whole(
        "patience",
        5,
        "Points of the curve without a better validation accuracy that end a run; of no effect on "
        "a ResNet, whose one cycle of rates runs to its end (its best point counts all the same).",
    )


def main(values: flags.FlagValues) -> None:
    """Runs the study that the flags describe and prints its table and verdict."""
    command_line.require(values, "data", "test_data", "dest")
    if not values.dry_run:
        command_line.require_absent(values.dest)

    from gan_tf.study.data.loading import Sources
    from gan_tf.study.report.tables import study_table
    from gan_tf.study.study import run_study, study_cost

    options, fit_options = _options(values)
    if values.synthetic and values.gan_runs:
        raise UsageError("give either --synthetic or --gan_runs")
    sources = Sources(
        values.data,
        tuple(values.synthetic),
        values.test_data,
        values.validation_data or "",
        tuple(values.gan_runs),
    )
    num_workers = values.workers or len(os.sched_getaffinity(0))
    if values.dry_run:
        if values.gan_runs:
            raise UsageError("--dry_run generates no images; give them as --synthetic")
        print(study_cost(sources, options, fit_options, num_workers, _prepare_process))
        return
    results = run_study(
        sources,
        options,
        fit_options,
        Path(values.dest),
        num_workers=num_workers,
        prepare=_prepare_process,
        progress=_progress,
    )
    print(study_table(results))
    print(f"\n{results['verdict']}")
    for note in results["notes"]:
        print(note)
    print(f"report: {Path(values.dest) / 'report.html'}")


def _options(values: flags.FlagValues):
    """Return the ``StudyOptions`` and the ``FitOptions`` of the flags."""
    from gan_tf.classifiers.fit_options import FitOptions
    from gan_tf.study.design.options import StudyOptions

    for name in values.augment:
        if name not in AUGMENTATIONS:
            raise UsageError(f"--augment names '{name}', none of {', '.join(AUGMENTATIONS)}")
    fit_options = FitOptions(
        classifier=values.classifier,
        weights=values.weights,
        batch_size=values.batch_size,
        **_budget(values),
    )
    options = StudyOptions(
        arms=tuple(values.arms),
        synthetic_images_per_class=tuple(values.synthetic_images_per_class),
        synthetic_classes=tuple(values.synthetic_classes),
        real_images_per_class=tuple(values.real_images_per_class),
        cut=tuple(values.cut),
        augment=tuple(values.augment),
        seeds=values.seeds,
        curve_points=values.curve_points,
        patience=values.patience,
        primary=values.primary,
        smallest_effect=values.smallest_effect,
    )
    return options, fit_options.with_weights_file()


def _budget(values: flags.FlagValues) -> dict[str, int | None]:
    """The settings' ``steps`` and ``epochs``: one of them, or neither for the default."""
    from gan_tf.classifiers.fit_options import DEFAULT_EPOCHS

    other = "steps" if values.budget == "epochs" else "epochs"
    if values[other].value is not None:
        raise UsageError(
            f"--{other} has no meaning with --budget={values.budget}; give --{values.budget}, or "
            f"--budget={other}"
        )
    if values.budget == "epochs":
        return {"steps": None, "epochs": values.epochs or DEFAULT_EPOCHS}
    return {"steps": values.steps, "epochs": None}


def _prepare_process() -> None:
    """Imports TensorFlow quietly and pins it to one thread, in every process that trains."""
    cli.import_tensorflow()
    import tensorflow as tf

    from gan_tf.training.processes.devices import prepare_devices

    # Every run compiles a step of its own, which TensorFlow takes for a mistake in short runs.
    tf.get_logger().setLevel("ERROR")
    prepare_devices(1)


def _progress(results: Iterable, num_done: int, total: int) -> Iterable:
    """A bar over the runs of the study where somebody watches."""
    from tqdm import tqdm

    hidden = not sys.stderr.isatty()
    return tqdm(results, initial=num_done, total=total, unit="replicate", disable=hidden)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
