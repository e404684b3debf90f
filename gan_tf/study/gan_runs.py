"""Synthetic sets that a study generates from GAN runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from gan_tf.study.design.amounts import ALL, real_counts, synthetic_counts
from gan_tf.study.design.cells import Cell

FOLDER = "synthetic"


def generate_sets(gan_runs: Sequence[str], images_per_class: int, folder: Path) -> tuple[str, ...]:
    """Generate a synthetic set ``folder/synthetic/<index>-<run>`` from each run.

    ``python -m gan_tf.generate`` does this in a process of its own, with the number of threads that
    the run was trained with. Sets left by an interrupted study are generated again, since the run
    may have been trained further.

    Args:
      gan_runs: directories of trained runs.
      images_per_class: number of images of each class.
      folder: of the study.

    Returns:
      The paths of the sets.

    Raises:
      InputError: a directory holds no trained run or is given twice.
    """
    paths = [Path(os.path.realpath(run)) for run in gan_runs]
    for run, path in zip(gan_runs, paths, strict=True):
        if paths.count(path) > 1:
            raise InputError(f"--gan_runs names {run} twice; give each GAN run once")
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    (folder / FOLDER).mkdir()
    sets = []
    for index, (run, path) in enumerate(zip(gan_runs, paths, strict=True)):
        dest = folder / FOLDER / f"{index}-{path.name}"
        arguments = [f"--run_dir={run}", f"--images_per_class={images_per_class}", f"--dest={dest}"]
        process = subprocess.run(
            [sys.executable, "-m", "gan_tf.generate", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if process.returncode:
            message = process.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
            raise InputError(f"--gan_runs={run}: {message}")
        sets.append(str(dest))
    return tuple(sets)


def images_needed(
    labels: np.ndarray,
    class_names: Sequence[str],
    cells: Iterable[Cell],
    kept_shares: Mapping[str, float],
) -> int:
    """Return the images per class that the largest amount takes from a generated set.

    The amount "all" takes as many of every class as the largest class of the real training images
    has. At least 1, even if no arm takes any.

    Args:
      labels: [n] labels of the real training images.
      class_names: K labels.
      cells: of a study.
      kept_shares: see ``real_counts``.
    """
    unlimited = np.full(len(class_names), np.iinfo(np.int64).max)
    needed = 1
    for cell in cells:
        if cell.amount is None:
            continue
        counts = real_counts(labels, class_names, cell.real_images_per_class, kept_shares)
        if cell.amount.text != ALL:
            counts = synthetic_counts(cell.amount, counts, unlimited, class_names)
        needed = max(needed, int(counts.max()))
    return needed
