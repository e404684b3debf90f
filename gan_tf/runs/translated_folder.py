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
from gan_tf.inputs.training_images import size_text
from gan_tf.runs import directory
from gan_tf.runs.options import TranslateOptions
from gan_tf.runs.trained_run import trained_run
from gan_tf.runs.translation import COMPUTE_BATCH, translators
from gan_tf.training.noise import derived_seed

OPERATION = "translate"


def translate(run_dir: Path, source: Source, dest: Path, options: TranslateOptions) -> DatasetInfo:
    """Writes translations of a source's images as PNG images.

    The manifest names the source image of each in its history. ``trained_on.jsonl`` lists what the
    run has seen, what the source lists, and the source images that are real: a translated image
    gives away what it was made of.

    Args:
      run_dir: of a run of a family that translates.
      source: the images, of the size that the run was trained on.
      dest: folder to make.
      options: which images, and how.

    Raises:
      InputError: no such run or checkpoint, the run does not translate, images of another size,
        more images asked for than there are, or ``dest`` exists.
    """
    examples = _selected(source, options)
    run = trained_run(run_dir, options.step, translates=True)
    directions = list(run.train_state.family.directions)
    target = run.data.class_names[1 - directions.index(options.direction)]
    translator = translators(run.train_state)[options.direction]
    with staged(dest) as partial, tqdm(total=len(examples), unit="image", disable=None) as bar:
        label = None if options.label == "source" else target
        step = {
            "operation": OPERATION,
            "arguments": run.arguments | {"direction": options.direction},
        }
        writer = _Writer(partial, source.name, run.origin, step, label, options.strip_metadata)
        records, seen = [], []
        for start in range(0, len(examples), COMPUTE_BATCH):
            chunk = [
                _read(example, source, run.data.image_shape)
                for example in examples[start : start + COMPUTE_BATCH]
            ]
            for one, image in zip(chunk, translator(one.pixels for one in chunk), strict=True):
                records.append(writer.record(len(records), one, image))
                seen += [one.identity] if one.example.origin == REAL else []
                bar.update()
        labels = {record.label for record in records}
        trained_on = [*directory.trained_on(run_dir), *source.trained_on, *seen]
        return write_manifest(
            partial,
            name=dest.name,
            class_names=[n for n in dict.fromkeys([*source.class_names, target]) if n in labels],
            records=records,
            arguments={**step["arguments"], "num": len(records), "seed": options.seed},
            shape=run.data.image_shape,
            trained_on=(
                [one.anonymous() for one in trained_on] if options.strip_metadata else trained_on
            ),
        )


class _SourceImage(NamedTuple):
    """An image that is translated: where it comes from, what identifies it, its pixels."""

    example: Example
    identity: TrainedOnImage
    pixels: np.ndarray


def _selected(source: Source, options: TranslateOptions) -> list[Example]:
    """The images that are translated, in the order in which they are written.

    Raises:
      InputError: there are not so many.
    """
    available = len(source.examples)
    if options.num is not None and options.num > available:
        raise InputError(
            f"--num={options.num} asks for more images than --data={source.spec} has ({available})"
        )
    order = np.random.default_rng(derived_seed(options.seed, OPERATION)).permutation(available)
    return [source.examples[number] for number in order[: options.num].tolist()]


def _read(example: Example, source: Source, shape: tuple[int, int, int]) -> _SourceImage:
    """Reads and decodes one image.

    Raises:
      InputError: it is damaged or not of the shape.
    """
    encoded = example.read()
    pixels = example.decode(encoded)
    if pixels.shape != tuple(shape):
        raise InputError(
            f"'{example.path}' in --data={source.spec} is {size_text(pixels.shape)} but the run "
            f"takes {size_text(shape)}; use `data_tools convert --op=resize_images`"
        )
    identity = example.as_trained_on(example.content_sha256(encoded), pixels_sha256(pixels))
    return _SourceImage(example, identity, pixels)


@dataclass(frozen=True)
class _Writer:
    """Writes images of one translation.

    Attributes:
      folder: where.
      source_name: name of the data set that is translated.
      origin: of the images, as the manifest has it.
      step: of their history: what translates, and in which direction.
      label: of all images; None keeps that of each source image.
      strip_metadata: see ``TranslateOptions``.
    """

    folder: Path
    source_name: str
    origin: str
    step: Mapping[str, Any]
    label: str | None
    strip_metadata: bool

    def record(self, number: int, source: _SourceImage, image: np.ndarray) -> ImageRecord:
        """Writes a translated image under a number, and says what it is."""
        label = safe_label(self.label or source.example.label)
        path = f"{label}/{number:06d}.png"
        encoded = encode_png(image)
        (self.folder / label).mkdir(exist_ok=True)
        (self.folder / path).write_bytes(encoded)
        made_of = {
            "source": self.source_name,
            "path": source.example.path,
            "sha256": source.identity.sha256,
        }
        history = (*source.example.history, {**self.step, **made_of})
        return ImageRecord(
            path,
            label,
            bytes_sha256(encoded),
            origin=self.origin,
            group=None if self.strip_metadata else source.example.group,
            history=(self.step,) if self.strip_metadata else history,
        )
