"""The path-rank filter on data sets: train, rank, write the images that are kept."""

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
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.filtering.path_rank import ClassRank, parse_share, path_rank
from gan_tf.inputs.images import load_images
from gan_tf.study.data.leaks import refuse_synthetic
from gan_tf.study.data.matching import refuse_mismatch, renumbered

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
    """Train a classifier on the real images and write the images that the filter keeps.

    Args:
      data: spec of the real training images.
      images: spec of the images to filter; may be ``data``.
      dests: folders to create, each with the share of images that it gets; one classifier serves
        all of them.
      classes: labels to filter; every label if empty.
      options: how the classifier is trained.
      seed: of the classifier.
      prepare: called before TensorFlow is imported.

    Returns:
      What the filter did to each class and what the folder holds, for each of ``dests``.

    Raises:
      InputError: see ``open_source`` and ``parse_share``; the sets do not fit together; nothing
        would be kept.
    """
    shares = {dest: parse_share(text) for dest, text in dests.items()}
    real = load_images(data, "train")
    candidates = real if images == data else load_images(images, "train")
    refuse_images(options.classifier, real.images.shape[1:])
    refuse_mismatch(real, candidates, "--images")
    refuse_synthetic(real, "--data", "the classifier must be trained on real images")
    names = real.class_names
    filtered = list(dict.fromkeys(classes or candidates.class_names))
    for name in filtered:
        if name not in names:
            raise InputError(f"--classes names '{name}', which is not a label: {', '.join(names)}")
    prepare()
    from gan_tf.classifiers import fitting

    classifier = fitting.fit(renumbered(real, names), options, num_classes=len(names), seed=seed)
    labels = renumbered(candidates, names).labels
    probabilities = classifier.predict(candidates.images)
    source = open_source(images)
    results = []
    for dest, share in shares.items():
        kept, ranks = path_rank(labels, probabilities, names, share, filtered)
        arguments = {"share": float(share), "classes": filtered, "seed": seed}
        results.append((ranks, _write(source, dest, kept, ranks, arguments)))
    return results


def _write(
    source: Source, dest: Path, kept: np.ndarray, ranks: Sequence[ClassRank], arguments: dict
) -> DatasetInfo:
    """Write the kept training images and all images of other splits."""
    is_training = np.array([example.split in ("", "train") for example in source.examples])
    is_written = ~is_training
    is_written[np.flatnonzero(is_training)[kept]] = True
    plan = Plan(
        class_names=source.class_names,
        examples=JoinedExamples([source]),
        order=np.flatnonzero(is_written),
        arguments=arguments,
        trained_on=source.trained_on,
        extra={"path_rank": [rank._asdict() for rank in ranks]},
    )
    with staged(dest) as folder:
        options = ConversionOptions(operation=OPERATION, name=dest.absolute().name)
        return write_folder(plan, folder, options)
