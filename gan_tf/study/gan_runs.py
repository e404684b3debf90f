"""Synthetic sets made for a study from run directories of GANs."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.sources import open_source, split_or_all
from gan_tf.study.design.amounts import ALL, real_counts, synthetic_counts
from gan_tf.study.design.cells import Cell

FOLDER = "synthetic"


def generated_sets(gan_runs: Sequence[str], images_per_class: int, folder: Path) -> tuple[str, ...]:
    """Makes a set of images from each run, ``folder/synthetic/<number>-<run>``; gives their paths.

    Each is made by ``python -m gan_tf.generate`` in a process of its own, with the number of
    threads that its run was trained with. Sets that a stopped study left are made anew: a run may
    have been trained on since.

    Args:
      gan_runs: directories of trained runs.
      images_per_class: images of each class.
      folder: of the study.

    Raises:
      InputError: a directory holds no trained run.
    """
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    (folder / FOLDER).mkdir()
    found = []
    for number, run in enumerate(gan_runs):
        dest = folder / FOLDER / f"{number}-{Path(run).resolve().name}"
        words = [f"--run_dir={run}", f"--images_per_class={images_per_class}", f"--dest={dest}"]
        done = subprocess.run(
            [sys.executable, "-m", "gan_tf.generate", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
            raise InputError(f"--gan_runs={run}: {said}")
        found.append(str(dest))
    return tuple(found)


def images_needed(data: str, cells: Iterable[Cell], kept_shares: Mapping[str, float]) -> int:
    """Images of each class that the largest amount takes of a set that is yet to be made.

    "all" takes as many of every class as the largest class of the real training images has. Some
    are made even where no arm takes any.

    Args:
      data: spec of the real training images.
      cells: of a study.
      kept_shares: see ``gan_tf.study.design.amounts.real_counts``.
    """
    source = split_or_all(open_source(data), "train")
    names = source.class_names
    labels = np.array([names.index(example.label) for example in source.examples])
    plenty = np.full(len(names), np.iinfo(np.int64).max)
    largest = [1]
    for cell in cells:
        if cell.amount is not None:
            real = real_counts(labels, names, cell.real_images_per_class, kept_shares)
            counts = real
            if cell.amount.text != ALL:
                counts = synthetic_counts(cell.amount, real, plenty, names)
            largest.append(int(counts.max()))
    return max(largest)
