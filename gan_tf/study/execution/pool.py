"""Replicates of a study in parallel: one process and one thread each."""

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.store import ReplicateResult


def train_all(
    replicates: Sequence[Replicate],
    data: StudyData,
    options: StudyOptions,
    fit_options: FitOptions,
    num_workers: int,
    scratch: Path,
    prepare: Callable[[], None],
) -> Iterator[tuple[Replicate, ReplicateResult]]:
    """Train every replicate and yield each as it finishes; the number of workers changes no result.

    Args:
      replicates: those to train.
      data: the images; workers read them from ``scratch``, where they are written once.
      options: what is compared.
      fit_options: how every classifier is trained.
      num_workers: number of processes; 1 trains in this one.
      scratch: a temporary folder, created and removed.
      prepare: called once in every process that trains, before TensorFlow is imported there; must
        set the same number of threads in each, on which the last bits depend.

    Raises:
      InputError: a worker was killed, for instance because memory ran out.
    """
    shutil.rmtree(scratch, ignore_errors=True)  # Left by a killed study.
    num_workers = min(num_workers, len(replicates))
    if num_workers <= 1:
        prepare()
        from gan_tf.study.execution.replicate import train_replicate

        for replicate in replicates:
            yield replicate, train_replicate(replicate, data, options, fit_options)
        return
    _write_arrays(scratch, data)
    executor = ProcessPoolExecutor(
        num_workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare_worker,
        initargs=(prepare, scratch, len(data.synthetic), tuple(data.class_names), os.getpid()),
    )
    try:
        jobs = {
            executor.submit(_train_in_worker, replicate, options, fit_options): replicate
            for replicate in replicates
        }
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    except BrokenProcessPool:
        raise InputError(
            "a worker was killed, perhaps because memory ran out; give the same command fewer "
            "--workers to resume the study"
        ) from None
    finally:
        for worker in multiprocessing.active_children():
            worker.kill()
        executor.shutdown(cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _write_arrays(folder: Path, data: StudyData) -> None:
    folder.mkdir(parents=True)
    for name, images in _named_sets(data).items():
        np.save(folder / f"{name}-images.npy", images.images)
        np.save(folder / f"{name}-labels.npy", images.labels)


def _named_sets(data: StudyData) -> dict[str, ImageSet]:
    synthetic = {f"synthetic{index}": images for index, images in enumerate(data.synthetic)}
    validation = {} if data.validation is None else {"validation": data.validation}
    return {"real": data.real, "test": data.test, **validation, **synthetic}


def _read_set(folder: Path, name: str) -> ImageSet:
    return ImageSet(
        # Copy-on-write: a read-only array could not share its memory with TensorFlow.
        np.load(folder / f"{name}-images.npy", mmap_mode="c"),
        np.load(folder / f"{name}-labels.npy"),
    )


_worker_data: list[StudyData] = []


def _prepare_worker(
    prepare: Callable[[], None],
    folder: Path,
    num_synthetic: int,
    class_names: tuple[str, ...],
    parent: int,
) -> None:
    """Set up a worker: TensorFlow, the images, and its exit when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()
    prepare()
    has_validation = (folder / "validation-labels.npy").exists()
    _worker_data[:] = [
        StudyData(
            real=_read_set(folder, "real"),
            synthetic=[_read_set(folder, f"synthetic{index}") for index in range(num_synthetic)],
            test=_read_set(folder, "test"),
            class_names=class_names,
            validation=_read_set(folder, "validation") if has_validation else None,
        )
    ]


def _exit_after(parent: int) -> None:
    """End this process once its parent has ended, so that a killed study leaves no workers."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _train_in_worker(
    replicate: Replicate, options: StudyOptions, fit_options: FitOptions
) -> ReplicateResult:
    from gan_tf.study.execution.replicate import train_replicate

    return train_replicate(replicate, _worker_data[0], options, fit_options)
