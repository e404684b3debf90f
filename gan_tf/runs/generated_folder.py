"""A labeled folder of synthetic images from a trained run."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from data_tools.files.paths import safe_label
from data_tools.files.staging import staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.formats.images import bytes_sha256, encode_png
from data_tools.formats.manifest import ImageRecord, write_manifest
from gan_tf.runs import directory
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm
from gan_tf.runs.trained_run import trained_run


def generate(
    run_dir: Path,
    dest: Path,
    *,
    images_per_class: int,
    seed: int,
    step: int | str | None = None,
    strip_metadata: bool = False,
) -> DatasetInfo:
    """Writes ``images_per_class`` PNG images of every class that the run knows.

    A run without labels gives one class, named after its training data unless that had one label.

    Args:
      run_dir: of the trained run.
      dest: folder to make.
      images_per_class: images of each class.
      seed: image ``i`` of a class depends on it, on the checkpoint and on ``i`` alone.
      step: checkpoint; None takes the latest, ``best`` the best by the training's choice.
      strip_metadata: True to leave out names and groups of the real images.

    Raises:
      InputError: no such run or checkpoint, the run translates images, a label cannot name a
        folder, or ``dest`` exists.
    """
    run = trained_run(run_dir, step, translates=False)
    family, data = run.train_state.family, run.data
    generator = run.train_state.averages["generator"].network
    recalibrate_batch_norm(family, generator, data, run.config.seed)
    sampler = ImageSampler(family, generator, seed)
    conditional = family.conditional or len(data.class_names) == 1
    class_names = data.class_names if conditional else (data.name,)
    for class_name in class_names:
        safe_label(class_name)
    with (
        staged(dest) as partial,
        tqdm(total=images_per_class * len(class_names), unit="image", disable=None) as bar,
    ):
        records = []
        for label, class_name in enumerate(class_names):
            (partial / class_name).mkdir()
            for index, image in enumerate(sampler.images(label, images_per_class)):
                path = f"{class_name}/{index:06d}.png"
                records.append(_written(partial, path, class_name, image, run.origin))
                bar.update()
        return write_manifest(
            partial,
            name=dest.name,
            class_names=class_names,
            records=records,
            arguments={**run.arguments, "images_per_class": images_per_class, "seed": seed},
            shape=data.image_shape,
            trained_on=directory.trained_on(run_dir, strip_metadata=strip_metadata),
        )


def _written(folder: Path, path: str, label: str, image: np.ndarray, origin: str) -> ImageRecord:
    encoded = encode_png(image)
    (folder / path).write_bytes(encoded)
    return ImageRecord(path, label, bytes_sha256(encoded), origin)
