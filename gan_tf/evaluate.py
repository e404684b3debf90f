"""Measure whether synthetic images help a classifier, with confidence intervals and a verdict.

  python -m gan_tf.evaluate --data=records --synthetic=synthetic --test_data=records --dest=study
  python -m gan_tf.evaluate --data=records --gan_runs=runs/a,runs/b --test_data=records --dest=study

A classifier is trained for every arm and seed, with the same number of optimizer steps, and tested
on held-out real images. The study holds results.json, results.csv, classes.csv (precision, recall
and F1 of each class by amount, with intervals), figures and report.html. The same command resumes
an interrupted study.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import define_options, options_from
from gan_tf import cli
from gan_tf.classifiers.fit_options import DEFAULT_EPOCHS, FitOptions
from gan_tf.study.design.options import StudyOptions

BUDGETS = ("steps", "epochs")


def define_flags() -> flags.FlagValues:
    """Return the flags of this command, not yet parsed."""
    define = FlagTable()
    define.source(
        "data",
        "Real training images: whatever --data of gan_tf.train accepts.",
    )
    define.sources("synthetic", "Synthetic images of a GAN run; repeat for each run.")
    define.names(
        "gan_runs",
        "",
        "In place of --synthetic: run directories of gan_tf.train. As many images as "
        "--synthetic_images_per_class needs are generated from each.",
    )
    define.source("test_data", "Real test images; of a data set with splits, its test split.")
    define.source(
        "validation_data",
        "Real images for early stopping and for selecting the best point of the learning curve.",
    )
    define_options(define, StudyOptions)
    define_options(define, FitOptions)
    define.choice(
        "budget",
        "steps",
        BUDGETS,
        "Whether all arms train for the same number of steps or of epochs.",
    )
    define.integer("workers", 0, "Replicates trained in parallel; 0 for one per core.", lower=0)
    define.folder("dest", "Folder to create; must not exist.")
    define.switch("dry_run", "Print the numbers of replicates, steps and hours, then exit.")
    return define.values


def main(values: flags.FlagValues) -> None:
    """Conduct the study that the flags describe and print its table and verdict."""
    command_line.require(values, "data", "test_data", "dest")
    if not values.dry_run:
        command_line.require_absent(values.dest)

    from gan_tf.study.data.loading import Sources
    from gan_tf.study.report.tables import study_table
    from gan_tf.study.study import run_study, study_cost

    options = options_from(values, StudyOptions)
    fit_options = _fit_options(values)
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


def _fit_options(values: flags.FlagValues) -> FitOptions:
    """Return how classifiers are trained; refuse a flag of the other budget."""
    other = "steps" if values.budget == "epochs" else "epochs"
    if values[other].value is not None:
        raise UsageError(
            f"--{other} has no meaning with --budget={values.budget}; give --{values.budget}, or "
            f"--budget={other}"
        )
    if values.budget == "epochs":
        command_line.set_defaults(values, {"epochs": DEFAULT_EPOCHS})
    return options_from(values, FitOptions).with_weights_file()


def _prepare_process() -> None:
    """Import TensorFlow quietly with one thread, in every process that trains."""
    cli.import_tensorflow()
    import tensorflow as tf

    from gan_tf.training.processes.devices import prepare_devices

    # Every replicate compiles its own step, which TensorFlow warns about if training is short.
    tf.get_logger().setLevel("ERROR")
    prepare_devices(1)


def _progress(results: Iterable, num_done: int, total: int) -> Iterable:
    """Show a progress bar over the replicates if stderr is a TTY."""
    from tqdm import tqdm

    hidden = not sys.stderr.isatty()
    return tqdm(results, initial=num_done, total=total, unit="replicate", disable=hidden)


if __name__ == "__main__":
    cli.run(define_flags, main, __doc__)
