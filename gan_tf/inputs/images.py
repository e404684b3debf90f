"""A whole source in memory, decoded once to uint8."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import Example, Source, open_source, split_or_all
from data_tools.workers import ordered_results
from gan_tf.inputs.batches import Batches
from gan_tf.inputs.training_images import Feed, size_text

_BYTES_PER_PIECE = 2**22
_MAX_IMAGES_PER_PIECE = 1024


class LabeledImages(NamedTuple):
    """Decoded images of one split; see ``TrainingImages``.

    Attributes:
      images: uint8 [num_images, height, width, channels].
      labels: int32 [num_images], positions in ``class_names``.
      class_names: in the source's order.
      name: the source's name.
      fingerprint: hash over the content, see ``data_tools.formats.dataset_info.Fingerprint``.
      examples: where each image came from, in the same order, each with its hash.
      trained_on: real images behind synthetic ones.
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
        """All images."""
        return len(self.labels)

    def pixels(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Some images, uint8 [*numbers.shape, height, width, channels]."""
        return self.images[np.asarray(numbers)]

    def identities(self) -> Iterator[TrainedOnImage]:
        """The hashes, path and group of every image, in order."""
        for example, pixels in zip(self.examples, self.images, strict=True):
            yield example.as_trained_on(example.content_sha256(), pixels_sha256(pixels))

    def batches(self, batch_size: int, seed: int) -> AbstractContextManager[Feed]:
        """Batches in the order of a permutation for each epoch."""
        return nullcontext(Batches(self.images, self.labels, batch_size, seed))


class _Part(NamedTuple):
    """Some images, decoded: uint8 [num_images, height, width, channels], and what they are."""

    images: np.ndarray
    labels: list[int]
    sha256s: list[str]
    fingerprint: Fingerprint


@dataclass(frozen=True)
class _Load:
    """Reads and decodes some images of a source; runs in any process."""

    source: Source
    shape: tuple[int, int, int]

    def __call__(self, numbers: range) -> _Part:
        """The images of these numbers.

        Raises:
          InputError: one is damaged or not of the shape.
        """
        images = np.empty((len(numbers), *self.shape), np.uint8)
        label_id = {name: index for index, name in enumerate(self.source.class_names)}
        labels, sha256s, fingerprint = [], [], Fingerprint()
        for row, number in enumerate(numbers):
            example = self.source.examples[number]
            encoded = example.read()
            pixels = example.decode(encoded)
            if pixels.shape != self.shape:
                raise InputError(
                    f"'{example.path}' in '{self.source.spec}' is {size_text(pixels.shape)} but "
                    f"'{self.source.examples[0].path}' is {size_text(self.shape)}; bring all to "
                    "one size and mode with `data_tools convert --op=resize_images`"
                )
            images[row] = pixels
            labels.append(label_id[example.label])
            sha256s.append(example.content_sha256(encoded))
            fingerprint.add(example.path, example.label, sha256s[-1])
        return _Part(images, labels, sha256s, fingerprint)


def load_images(spec: str, split: str = "train", *, unlabeled: bool = False) -> LabeledImages:
    """Reads and decodes a source.

    Args:
      spec: what ``data_tools.sources.open_source`` takes.
      split: which split of a source that is split; one that is not gives all of itself.
      unlabeled: True to read a folder of images without label folders as one class.

    Raises:
      InputError: no such source or split, no images, images of several shapes.
    """
    return images_in_memory(open_split(spec, split, unlabeled=unlabeled))


def open_split(spec: str, split: str, *, unlabeled: bool = False) -> Source:
    """Opens one split of a source that is split, all of one that is not; see ``load_images``."""
    source = split_or_all(open_source(spec, unlabeled=unlabeled), split)
    if not source.examples:
        raise InputError(f"'{spec}' has no images; give a folder <label>/<image>")
    return source


def images_in_memory(source: Source, num_workers: int = 1) -> LabeledImages:
    """Decodes all images of a source.

    Args:
      source: with images.
      num_workers: processes that decode; with more than one, the main module of a program must
        bear being imported again.

    Raises:
      InputError: images of several shapes.
    """
    shape = source.examples[0].pixels().shape
    images = np.empty((len(source.examples), *shape), np.uint8)
    labels, sha256s, fingerprint = [], [], Fingerprint()
    size = max(1, min(_BYTES_PER_PIECE // images[0].nbytes, _MAX_IMAGES_PER_PIECE))
    ranges = [range(len(images))[start : start + size] for start in range(0, len(images), size)]
    with ordered_results(_Load(source, shape), ranges, num_workers) as parts:
        for numbers, part in zip(ranges, parts, strict=True):
            images[numbers.start : numbers.stop] = part.images
            labels += part.labels
            sha256s += part.sha256s
            fingerprint.merge(part.fingerprint)
    return LabeledImages(
        images,
        np.array(labels, np.int32),
        source.class_names,
        source.name,
        fingerprint.hexdigest(),
        _hashed(source.examples, sha256s),
        source.trained_on,
    )


def _hashed(examples: Sequence[Example], sha256s: Sequence[str]) -> Sequence[Example]:
    """The examples, each with its hash."""
    if examples[0].sha256 is not None:  # The manifest tells it of all.
        return examples
    pairs = zip(examples, sha256s, strict=True)
    return [replace(example, sha256=sha256) for example, sha256 in pairs]
