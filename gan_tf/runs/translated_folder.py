"""A labeled folder of translated images from a trained run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from data_tools.errors import InputError
from data_tools.files.paths import safe_label
from data_tools.files.staging import staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.formats.images import bytes_sha256, encode_png, pixels_sha256
from data_tools.formats.manifest import REAL, ImageRecord, TrainedOnImage, write_manifest
from data_tools.sources import Example, Source
from gan_tf.inputs.training_images import resize_command, size_text
from gan_tf.runs import directory
from gan_tf.runs.options import TranslateOptions
from gan_tf.runs.sampling import TRANSLATION_BATCH, translators
from gan_tf.runs.trained_run import trained_run
from gan_tf.training.noise import derived_seed

OPERATION = "translate"


def translate(run_dir: Path, source: Source, dest: Path, options: TranslateOptions) -> DatasetInfo:
    """Write translations of a source's images as PNG images.

    The manifest's history names the source image of each translation. ``trained_on.jsonl`` lists
    the real images that the run was trained on, those that the source lists, and the source images
    that are real themselves: a translation reveals the image that it was made from.

    Args:
      run_dir: directory of a run whose family translates images.
      source: images of the size that the run was trained on.
      dest: folder to create.
      options: the images to translate, and how to write them.

    Raises:
      InputError: there is no such run or checkpoint, the run does not translate, the images have
        another size or are fewer than ``options.num``, or ``dest`` exists.
    """
    examples = _selected(source, options)
    run = trained_run(run_dir, options.step, translates=True)
    directions = list(run.train_state.family.directions)
    target = run.data.class_names[1 - directions.index(options.direction)]
    translator = translators(run.train_state)[options.direction]
    arguments = run.arguments | {"direction": options.direction}
    with staged(dest) as partial, tqdm(total=len(examples), unit="image", disable=None) as bar:
        writer = _Writer(
            partial,
            source.name,
            run.origin,
            {"operation": OPERATION, "arguments": arguments},
            target if options.label == "target" else None,
            options.strip_metadata,
        )
        records, real_images = [], []
        for start in range(0, len(examples), TRANSLATION_BATCH):
            batch = [
                _read(example, source, run.data.image_shape)
                for example in examples[start : start + TRANSLATION_BATCH]
            ]
            translations = translator(source_image.pixels for source_image in batch)
            for source_image, translation in zip(batch, translations, strict=True):
                records.append(writer.record(len(records), source_image, translation))
                if source_image.example.origin == REAL:
                    real_images.append(source_image.identity)
                bar.update()
        labels = {record.label for record in records}
        class_names = dict.fromkeys([*source.class_names, target])
        trained_on = [*directory.trained_on(run_dir), *source.trained_on, *real_images]
        if options.strip_metadata:
            trained_on = [image.anonymized() for image in trained_on]
        return write_manifest(
            partial,
            name=dest.name,
            class_names=[name for name in class_names if name in labels],
            records=records,
            arguments={**arguments, "num": len(records), "seed": options.seed},
            shape=run.data.image_shape,
            trained_on=trained_on,
        )


class _SourceImage(NamedTuple):
    """An image to translate: its example, its identity and its uint8 pixels."""

    example: Example
    identity: TrainedOnImage
    pixels: np.ndarray


def _selected(source: Source, options: TranslateOptions) -> list[Example]:
    """Return the examples to translate in the order in which they are written.

    Raises:
      InputError: there are fewer than ``options.num``.
    """
    available = len(source.examples)
    if options.num is not None and options.num > available:
        raise InputError(
            f"--num={options.num} asks for more images than --data={source.spec} has ({available})"
        )
    order = np.random.default_rng(derived_seed(options.seed, OPERATION)).permutation(available)
    return [source.examples[index] for index in order[: options.num].tolist()]


def _read(example: Example, source: Source, shape: tuple[int, int, int]) -> _SourceImage:
    """Read and decode one image.

    Raises:
      InputError: it is damaged or does not have this shape.
    """
    encoded = example.read()
    pixels = example.decode(encoded)
    if pixels.shape != tuple(shape):
        raise InputError(
            f"'{example.source_path}' in --data={source.spec} is {size_text(pixels.shape)} but "
            f"the run takes {size_text(shape)}; use {resize_command(*shape)}"
        )
    identity = example.as_trained_on(example.content_sha256(encoded), pixels_sha256(pixels))
    return _SourceImage(example, identity, pixels)


@dataclass(frozen=True)
class _Writer:
    """A writer of translations and their manifest records.

    Attributes:
      folder: folder to write to.
      source_name: name of the translated data set.
      origin: origin of the translations in the manifest.
      step: last entry of their history: the run and the direction.
      label: label of all translations; None to keep the labels of the source images.
      strip_metadata: see ``TranslateOptions``.
    """

    folder: Path
    source_name: str
    origin: str
    step: Mapping[str, Any]
    label: str | None
    strip_metadata: bool

    def record(self, index: int, source: _SourceImage, translation: np.ndarray) -> ImageRecord:
        """Write a translation under an index and return its record."""
        label = safe_label(self.label or source.example.label)
        path = f"{label}/{index:06d}.png"
        encoded = encode_png(translation)
        (self.folder / label).mkdir(exist_ok=True)
        (self.folder / path).write_bytes(encoded)
        made_from = {
            "source": self.source_name,
            "path": source.example.source_path,
            "sha256": source.identity.sha256,
        }
        history = (*source.example.history, {**self.step, **made_from})
        return ImageRecord(
            path,
            label,
            bytes_sha256(encoded),
            origin=self.origin,
            group=None if self.strip_metadata else source.example.group,
            history=(self.step,) if self.strip_metadata else history,
            pixels_sha256=pixels_sha256(translation),
        )
