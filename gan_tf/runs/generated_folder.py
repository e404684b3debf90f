"""A labeled folder of synthetic images from a trained run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data_tools.errors import InputError
from data_tools.files.paths import safe_label
from data_tools.files.staging import staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.formats.images import bytes_sha256, encode_png, pixels_sha256
from data_tools.formats.manifest import ImageRecord, write_manifest
from gan_tf.runs import directory
from gan_tf.runs.options import SampleOptions
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm
from gan_tf.runs.trained_run import TrainedRun, trained_run


def generate(run_dir: Path, dest: Path, options: SampleOptions) -> DatasetInfo:
    """Write PNG images of every class, or of ``options.labels``.

    An unconditional run has one class, named after its training data or, if that has a single
    label, after the label.

    Args:
      run_dir: the run directory.
      dest: folder to create.
      options: the images to generate; ``images_per_class`` must be given.

    Raises:
      InputError: there is no such run, checkpoint or class, the run translates images, a label
        cannot name a folder, or ``dest`` exists.
    """
    run = trained_run(run_dir, options.step, translates=False)
    family = run.train_state.family
    generator = run.train_state.averages["generator"].network
    recalibrate_batch_norm(family, generator, run.data, run.config.seed)
    sampler = ImageSampler(family, generator, options)
    classes = sampled_classes(run_dir, run, options.labels)
    for class_name in _class_names(run):
        safe_label(class_name)
    with (
        staged(dest) as partial,
        tqdm(total=options.images_per_class * len(classes), unit="image", disable=None) as bar,
    ):
        records = []
        for label, class_name in classes.items():
            (partial / class_name).mkdir()
            for index, image in enumerate(sampler.images(label, options.images_per_class)):
                path = f"{class_name}/{index:06d}.png"
                records.append(_write_image(partial, path, class_name, image, run.origin))
                bar.update()
        return write_manifest(
            partial,
            name=dest.name,
            class_names=list(classes.values()),
            records=records,
            arguments=run.arguments | options.arguments(),
            shape=run.data.image_shape,
            trained_on=directory.trained_on(run_dir, strip_metadata=options.strip_metadata),
        )


def sampled_classes(run_dir: Path, run: TrainedRun, labels: Sequence[str]) -> dict[int, str]:
    """Return the names of the classes with these labels, or of all if no label is given, by index.

    Indices ascend. A class without training images is never generated.

    Raises:
      InputError: the run has no such label, or no training images of it.
    """
    data = run.data
    unseen = {
        name for name, count in zip(data.class_names, data.class_counts, strict=True) if not count
    }
    classes = {i: name for i, name in enumerate(_class_names(run)) if name not in unseen}
    for label in labels:
        if label not in classes.values():
            raise InputError(
                f"--labels names '{label}', which the run in {run_dir} cannot generate; choose "
                f"from {', '.join(classes.values())}"
            )
    return {i: name for i, name in classes.items() if not labels or name in labels}


def _class_names(run: TrainedRun) -> tuple[str, ...]:
    data = run.data
    if run.train_state.family.conditional or len(data.class_names) == 1:
        return data.class_names
    return (data.name,)


def _write_image(
    folder: Path, path: str, label: str, image: np.ndarray, origin: str
) -> ImageRecord:
    """Write an image and return its record."""
    encoded = encode_png(image)
    (folder / path).write_bytes(encoded)
    return ImageRecord(
        path, label, bytes_sha256(encoded), origin, pixels_sha256=pixels_sha256(image)
    )
