"""A whole study: from images to trained replicates, statistics and a report."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.inputs.images import load_images
from gan_tf.study.analysis.results import study_results
from gan_tf.study.data.loading import Sources, StudyImages, load_study_images
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import Replicate, planned_replicates
from gan_tf.study.design.options import StudyOptions
from gan_tf.study.execution.pool import train_all
from gan_tf.study.execution.store import Store
from gan_tf.study.gan_runs import generate_sets, images_needed
from gan_tf.study.identity import study_identity
from gan_tf.study.report.study_folder import write_study


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
    """Train every replicate that is not finished yet and write the study.

    Args:
      sources: the data.
      options: what is compared.
      fit_options: how every classifier is trained.
      dest: folder of the finished study; must not exist.
      num_workers, prepare: see ``train_all``.
      progress: wraps the iterable of results, given the number of replicates finished before and
        the total.
      say: prints a line for the user.

    Returns:
      The content of results.json.

    Raises:
      InputError: see ``load_study_images``, ``planned_replicates``, ``Store`` and
        ``generate_sets``; a class has too few images for a cell, or the classifier does not accept
        images of this size.
    """
    replicates = planned_replicates(options, sources.num_synthetic_sets)
    store = Store(dest)
    try:
        images = _load(sources, replicates, options, store.folder, say)
        data = images.data
        fit_options = _with_steps(fit_options, replicates, data, options)
        store.begin(study_identity(images, replicates, options, fit_options))
        finished = store.finished()
        if finished:
            count = f"{len(finished)} of {len(replicates)}"
            say(f"resuming {store.folder}: {count} replicates are finished")
        remaining = [one for one in replicates if one.name not in finished]
        scratch = store.folder / "images"
        trained = train_all(remaining, data, options, fit_options, num_workers, scratch, prepare)
        for replicate, result in progress(trained, len(finished), len(replicates)):
            store.save(replicate.name, result)
        by_replicate = {one.name: store.load(one.name) for one in replicates}
        if options.metrics:
            prepare()
        results = study_results(images, replicates, by_replicate, options, fit_options)
        write_study(store.folder, results, data, by_replicate)
        store.commit()
    finally:
        store.close()
    return results


def study_cost(
    sources: Sources,
    options: StudyOptions,
    fit_options: FitOptions,
    num_workers: int,
    prepare: Callable[[], None],
) -> str:
    """Return what ``run_study`` would cost, as lines for a terminal; times a few steps.

    Args:
      sources: the data, without ``gan_runs``.
      options, fit_options, num_workers, prepare: see ``run_study``.

    Raises:
      InputError: anything that ``run_study`` would refuse before its first replicate.
    """
    replicates = planned_replicates(options, sources.num_synthetic_sets)
    data = load_study_images(sources).data
    fit_options = _with_steps(fit_options, replicates, data, options)
    prepare()
    from gan_tf.study.execution.cost import as_text, estimated_cost

    cost = estimated_cost(replicates, data, options, fit_options, num_workers)
    return as_text(cost, options, fit_options, num_workers)


def _load(
    sources: Sources,
    replicates: Sequence[Replicate],
    options: StudyOptions,
    folder: Path,
    say: Callable[[str], None],
) -> StudyImages:
    """Load the images, after generating a synthetic set from each of ``sources.gan_runs``."""
    real = load_images(sources.real, "train")
    if sources.gan_runs:
        load_study_images(sources, real)  # Refuses the real images before the slow generation.
        cells = {replicate.cell for replicate in replicates}
        count = images_needed(real.labels, real.class_names, cells, options.kept_shares)
        num_runs = len(sources.gan_runs)
        say(
            f"generating {count} images per class from {num_runs} GAN "
            f"{'run' if num_runs == 1 else 'runs'}"
        )
        sources = replace(sources, synthetic=generate_sets(sources.gan_runs, count, folder))
    return load_study_images(sources, real)


def _with_steps(
    fit_options: FitOptions,
    replicates: Sequence[Replicate],
    data: StudyData,
    options: StudyOptions,
) -> FitOptions:
    """Return the options with a number of steps; refuse images and arms that cannot be used."""
    refuse_images(fit_options.classifier, data.real.images.shape[1:])
    sizes = {one.cell.name: len(data.training_set(one, options.kept_shares)) for one in replicates}
    for name, size in sizes.items():
        if not size:
            raise InputError(f"'{name}' has no training images; remove its arm or its amount")
    return fit_options.with_steps(max(sizes.values()))
