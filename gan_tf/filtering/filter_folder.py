"""The path-rank filter on files: train, rank, write what is kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from data_tools.conversion.folder_writer import write_folder
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.errors import InputError
from data_tools.files.staging import staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.sources import Source, open_source
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.filtering.path_rank import ClassRank, parse_share, path_rank
from gan_tf.inputs.images import load_images
from gan_tf.study.data.leaks import refuse_synthetic
from gan_tf.study.data.matching import refuse_mismatch, renumbered
from gan_tf.study.data.study_data import StudyData
from gan_tf.study.design.cells import Cell, Replicate
from gan_tf.study.design.options import StudyOptions

OPERATION = "path_rank_filter"


def filter_images(
    data: str,
    images: str,
    dests: Mapping[Path, str],
    *,
    classes: Sequence[str],
    options: FitOptions,
    seed: int,
    prepare: Callable[[], None],
) -> list[tuple[list[ClassRank], DatasetInfo]]:
    """Trains on the real images and writes the images that the filter keeps, for every share.

    Args:
      data: spec of the real training images.
      images: spec of what is filtered; may be ``data``.
      dests: folders to make, each with the share that it holds; all go by one classifier.
      classes: see ``path_rank``; no classes are all.
      options: how the classifier is trained.
      seed: of the classifier.
      prepare: called before TensorFlow is imported.

    Returns:
      what the filter did and what stands in the folder, of each share.

    Raises:
      InputError: see ``open_source`` and ``parse_share``; sets that do not fit together; nothing
        would be kept.
    """
    shares = {dest: parse_share(text) for dest, text in dests.items()}
    real = load_images(data, "train")
    ranked = real if images == data else load_images(images, "train")
    refuse_images(options.classifier, real.images.shape[1:])
    refuse_mismatch(real, ranked, "--images")
    refuse_synthetic(real, "--data", "a classifier of real images is the judge")
    filtered = list(classes) or list(ranked.class_names)
    for name in filtered:
        if name not in real.class_names:
            raise InputError(f"--classes names '{name}', no label: {', '.join(real.class_names)}")
    prepare()
    from gan_tf.study.execution.replicate import train

    names = real.class_names
    judged = renumbered(ranked, names)
    nothing = ImageSet(real.images[:0], real.labels[:0])
    study = StudyData(renumbered(real, names), [nothing], judged, names)
    options = options.with_steps(len(real.labels))
    replicate = Replicate(Cell("real"), seed, 0)
    probabilities = train(replicate, study, StudyOptions(curve_points=1), options).probabilities
    source = open_source(images)
    found = []
    for dest, share in shares.items():
        kept, outcomes = path_rank(judged.labels, probabilities, names, share, filtered)
        arguments = {"share": float(share), "classes": filtered, "seed": seed}
        found.append((outcomes, _write(source, dest, kept, outcomes, arguments)))
    return found


def _write(
    source: Source, dest: Path, kept: np.ndarray, outcomes: Sequence[ClassRank], arguments: dict
) -> DatasetInfo:
    """Writes the kept training images and all images of other splits."""
    is_training = np.array([example.split in ("", "train") for example in source.examples])
    chosen = ~is_training
    chosen[np.flatnonzero(is_training)[kept]] = True
    plan = Plan(
        class_names=source.class_names,
        examples=JoinedExamples([source]),
        order=np.flatnonzero(chosen),
        arguments=arguments,
        trained_on=source.trained_on,
        extra={"path_rank": [outcome._asdict() for outcome in outcomes]},
    )
    with staged(dest) as folder:
        options = ConversionOptions(operation=OPERATION, name=dest.resolve().name)
        return write_folder(plan, folder, options)
