"""Images held in memory, decoded to uint8."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import REAL, TrainedOnImage
from data_tools.formats.record_keys import RecordSchema
from data_tools.sources import Example, Source, open_source, split_or_all
from data_tools.sources.value_range import warn_of_narrow_range
from data_tools.workers import ordered_results
from gan_tf.inputs.alignment import aligned_empty
from gan_tf.inputs.share import WHOLE, Share
from gan_tf.inputs.training_images import resize_command, size_text

if TYPE_CHECKING:
    import tensorflow as tf

_BYTES_PER_PART = 2**22
_MAX_IMAGES_PER_PART = 1024


class LabeledImages(NamedTuple):
    """Decoded images of one split; see ``TrainingImages``.

    Attributes:
      images: uint8 [num_images, height, width, channels].
      labels: int32 [num_images], positions in ``class_names``.
      class_names: names of the classes, in the source's order.
      name: name of the source.
      fingerprint: hash of the content, see ``data_tools.formats.dataset_info.Fingerprint``.
      examples: the source of each image, in the same order, with its hash.
      trained_on: the real images that the generators of synthetic ones were trained on.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    examples: Sequence[Example]
    trained_on: tuple[TrainedOnImage, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self.images.shape[1:]

    @property
    def epoch_size(self) -> int:
        """Number of images."""
        return len(self.labels)

    def epoch_batches(self, batch_size: int) -> Fraction:
        """Number of batches of an epoch."""
        return Fraction(len(self.labels), batch_size)

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""
        return self.images[np.asarray(indices)]

    def with_labels(self, labels: np.ndarray) -> "LabeledImages":
        """Return the same images with other labels, int32 [num_images]."""
        return self._replace(labels=labels)

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order."""
        for example, pixels in zip(self.examples, self.images, strict=True):
            if only_real and example.origin != REAL:
                continue
            hash_of_pixels = example.pixels_sha256 or pixels_sha256(pixels)
            yield example.as_trained_on(example.content_sha256(), hash_of_pixels)

    def dataset(
        self, batch_size: int, seed: int, *, first_batch: int = 0, share: Share = WHOLE
    ) -> "tf.data.Dataset":
        """Return the endless batches; see ``TrainingImages``."""
        from gan_tf.inputs.memory import example_batches, lookup

        lookups = {"image": lookup(self.images), "label": lookup(self.labels)}
        size = len(self.labels)
        return example_batches(lookups, size, batch_size, seed, first_batch, share)

    def require_readable(self, batch_size: int, seed: int, batch: int) -> None:
        """See ``TrainingImages``; images in memory are readable."""


class _Part(NamedTuple):
    """Some decoded images, uint8 [num_images, height, width, channels], and their labels."""

    images: np.ndarray
    labels: list[int]
    sha256s: list[str]
    fingerprint: Fingerprint


@dataclass(frozen=True)
class _Load:
    """A picklable function that decodes some images of a source."""

    source: Source
    shape: tuple[int, int, int]

    def __call__(self, indices: range) -> _Part:
        """Decode the images of these indices.

        Raises:
          InputError: one is damaged or has another shape.
        """
        images = np.empty((len(indices), *self.shape), np.uint8)
        label_id = {name: index for index, name in enumerate(self.source.class_names)}
        labels, sha256s, fingerprint = [], [], Fingerprint()
        for row, index in enumerate(indices):
            example = self.source.examples[index]
            encoded = example.read()
            pixels = example.decode(encoded)
            if pixels.shape != self.shape:
                raise InputError(
                    f"'{example.source_path}' in '{self.source.spec}' is "
                    f"{size_text(pixels.shape)} but '{self.source.examples[0].source_path}' is "
                    f"{size_text(self.shape)}; bring all to one size and mode with "
                    f"{resize_command(*self.shape)}"
                )
            images[row] = pixels
            labels.append(label_id[example.label])
            sha256s.append(example.content_sha256(encoded))
            fingerprint.add(example.path, example.label, sha256s[-1])
        return _Part(images, labels, sha256s, fingerprint)


def load_images(spec: str, split: str = "train", *, unlabeled: bool = False) -> LabeledImages:
    """Decode all images of a split of a source.

    Args:
      spec: see ``data_tools.sources.open_source``.
      split: the split to read; a source without splits is read whole.
      unlabeled: True to read a folder of images without label folders as one class.

    Raises:
      InputError: there is no such source or split, no images, or images of different shapes.
    """
    return images_in_memory(open_split(spec, split, unlabeled=unlabeled))


def open_split(
    spec: str,
    split: str,
    *,
    unlabeled: bool = False,
    nested: str | None = None,
    schema: RecordSchema | None = None,
) -> Source:
    """Open a split of a source, or all of a source without splits; see ``open_source``."""
    source = open_source(spec, unlabeled=unlabeled, nested=nested, schema=schema)
    source = split_or_all(source, split)
    if not source.examples:
        raise InputError(f"'{spec}' has no images; give a folder <label>/<image>")
    return source


def images_in_memory(source: Source, num_workers: int = 1) -> LabeledImages:
    """Decode all images of a source.

    Args:
      source: a source with at least one image.
      num_workers: number of decoding processes; with more than one, the main module of the program
        must be import-safe (spawn).

    Raises:
      InputError: the images have different shapes.
    """
    warn_of_narrow_range(source)
    shape = source.examples[0].pixels().shape
    images = aligned_empty((len(source.examples), *shape))
    labels, sha256s, fingerprint = [], [], Fingerprint()
    size = max(1, min(_BYTES_PER_PART // images[0].nbytes, _MAX_IMAGES_PER_PART))
    ranges = [range(len(images))[start : start + size] for start in range(0, len(images), size)]
    with ordered_results(_Load(source, shape), ranges, num_workers) as parts:
        for indices, part in zip(ranges, parts, strict=True):
            images[indices.start : indices.stop] = part.images
            labels += part.labels
            sha256s += part.sha256s
            fingerprint.merge(part.fingerprint)
    return LabeledImages(
        images,
        np.array(labels, np.int32),
        source.class_names,
        source.name,
        fingerprint.hexdigest(),
        _with_hashes(source.examples, sha256s),
        source.trained_on,
    )


def _with_hashes(examples: Sequence[Example], sha256s: Sequence[str]) -> Sequence[Example]:
    """Return the examples with their hashes."""
    if examples[0].sha256 is not None:  # The manifest has them all.
        return examples
    pairs = zip(examples, sha256s, strict=True)
    return [replace(example, sha256=sha256) for example, sha256 in pairs]
