"""Labeled images that stay on disk and are read natively while a run is training."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.images import pixels_sha256, plain_mode
from data_tools.formats.manifest import REAL, TrainedOnImage
from data_tools.progress import progress_bar
from data_tools.sources import Example, Source
from data_tools.sources.folder import FileLoader
from data_tools.sources.record_loaders import RecordLoader
from data_tools.sources.value_range import warn_of_narrow_range
from gan_tf.inputs.blocks import BlockBuilder, Blocks
from gan_tf.inputs.share import WHOLE, Share
from gan_tf.inputs.training_images import checked_pixels

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class StreamedImages:
    """Images of one split in files or in TFRecords; see ``TrainingImages``.

    Attributes:
      labels, class_names, name, fingerprint, image_shape, examples, trained_on: see there.
      is_16_bit: whether the images are stored with 16 bits.
      blocks: where the records are; None for images in files.
      paths: the files; [] for records.
      has_one_shape: whether the source records that all images have one shape.
    """

    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    image_shape: tuple[int, int, int]
    examples: Sequence[Example]
    is_16_bit: bool
    blocks: Blocks | None
    paths: Sequence[str]
    has_one_shape: bool
    trained_on: tuple[TrainedOnImage, ...]

    @property
    def epoch_size(self) -> int:
        """Number of images."""
        return len(self.labels)

    def epoch_batches(self, batch_size: int) -> Fraction:
        """Number of batches of an epoch."""
        return Fraction(len(self.labels), batch_size)

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""
        indices = np.asarray(indices)
        images = np.empty((indices.size, *self.image_shape), np.uint8)
        for row, index in enumerate(indices.ravel().tolist()):
            images[row] = checked_pixels(self.examples[index], self.image_shape)
        return images.reshape(*indices.shape, *self.image_shape)

    def with_labels(self, labels: np.ndarray) -> "StreamedImages":
        """Return the same images with other labels, int32 [num_images]."""
        return replace(self, labels=labels)

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order.

        Images are decoded unless their source records the hashes of their pixels and one shape.

        Raises:
          InputError: an image is decoded and is damaged or has another shape than the first.
        """
        with progress_bar("checking images", len(self.labels)) as bar:
            for example in self.examples:
                bar.update()
                if only_real and example.origin != REAL:
                    continue
                pixels = example.pixels_sha256 if self.has_one_shape else None
                pixels = pixels or pixels_sha256(checked_pixels(example, self.image_shape))
                yield example.as_trained_on(example.content_sha256(), pixels)

    def dataset(
        self, batch_size: int, seed: int, *, first_batch: int = 0, share: Share = WHOLE
    ) -> "tf.data.Dataset":
        """Return the endless batches; see ``TrainingImages``."""
        if self.blocks is None:
            from gan_tf.inputs.encoded import image_decoder
            from gan_tf.inputs.files import file_batches

            decode = image_decoder(self.image_shape, is_16_bit=self.is_16_bit)
            return file_batches(
                self.paths, self.labels, decode, batch_size, seed, first_batch, share
            )
        from gan_tf.inputs.records import record_batches, record_decoder

        keys = self.examples[0].load.keys
        decode = record_decoder(keys, self.image_shape, is_16_bit=self.is_16_bit)
        return record_batches(
            self.blocks, self.labels, decode, batch_size, seed, first_batch, share
        )

    def require_readable(self, batch_size: int, seed: int, batch: int) -> None:
        """Raise InputError naming the first bad image among those that are read for a batch."""
        if self.blocks is None:
            from gan_tf.inputs.order import index_batches

            (indices,) = index_batches(len(self.labels), batch_size, seed, batch).take(1)
            indices = indices.numpy().tolist()
        else:
            from gan_tf.inputs.records import indices_read_for

            indices = indices_read_for(self.blocks, batch_size, seed, batch)
        for index in indices:
            checked_pixels(self.examples[index], self.image_shape)


def streamed_images(source: Source) -> StreamedImages:
    """Open a source for streaming; decodes only the first image.

    Reads every image once if the source has no manifest, for its hash, or if it is a folder, whose
    images may be such as TensorFlow reads differently.

    Raises:
      InputError: the source has neither files nor TFRecords, an image cannot be streamed, or the
        first one is damaged.
    """
    first = source.examples[0]
    if not isinstance(first.load, FileLoader | RecordLoader):
        raise InputError(
            f"'{source.spec}' is in memory already and cannot be streamed; use --input=memory, or "
            "write TFRecords with `data_tools convert --op=convert_to_tfrecords`"
        )
    warn_of_narrow_range(source)
    keys = getattr(first.load, "keys", None)
    is_raw = keys is not None and keys.raw_dtype is not None
    encoded = first.read()
    # The plain mode that all images must have; raw pixels have none.
    mode = None if is_raw else _require_plain(first, source, encoded)
    shape = first.pixels().shape
    label_id = {name: index for index, name in enumerate(source.class_names)}
    labels = np.empty(len(source.examples), np.int32)
    fingerprint, blocks, paths = Fingerprint(), BlockBuilder(int(np.prod(shape))), []
    with progress_bar("reading images", len(labels)) as bar:
        for index, example in enumerate(source.examples):
            labels[index] = label_id[example.label]
            # Only TFRecords with a manifest are known to hold plain images of one mode.
            if example.sha256 is None or keys is None:
                encoded = example.read()
                if not is_raw:
                    _require_plain(example, source, encoded, mode)
                bar.update()
            fingerprint.add(example.path, example.label, example.content_sha256(encoded))
            if keys is None:
                paths.append(example.load.file)
            else:
                blocks.append(example.load)
    return StreamedImages(
        labels,
        source.class_names,
        source.name,
        fingerprint.hexdigest(),
        shape,
        source.examples,
        is_16_bit=mode == "I;16" or (is_raw and keys.raw_dtype == "uint16"),
        blocks=blocks.blocks() if keys else None,
        paths=paths,
        has_one_shape=source.shape is not None,
        trained_on=source.trained_on,
    )


def _require_plain(
    example: Example, source: Source, encoded: bytes, required: str | None = None
) -> str:
    """Return the mode of an image that TensorFlow decodes as Pillow does.

    Raises:
      InputError: it is no such image, or its mode is not the required one.
    """
    mode = plain_mode(encoded, example.source_path)
    if mode is None or (required and mode != required):
        wanted = f" in mode {required}, like the first image" if mode else ""
        option = f" {shlex.quote(f'--mode={required}')}" if mode else ""
        raise InputError(
            f"'{example.source_path}' in '{source.spec}' is no upright PNG or JPEG{wanted}, so it "
            "cannot be streamed; use --input=memory, or convert the images with "
            f"`data_tools convert --op=convert_to_tfrecords{option}`"
        )
    return mode
