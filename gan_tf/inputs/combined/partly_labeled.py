"""Labeled images together with images without labels."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from data_tools.formats.manifest import UNLABELED, TrainedOnImage
from gan_tf.inputs.combined.parts import Parts, part_seeds
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.share import WHOLE, Share
from gan_tf.inputs.streamed import StreamedImages
from gan_tf.inputs.training_images import NO_LABEL

if TYPE_CHECKING:
    import tensorflow as tf


class PartlyLabeled(Parts):
    """Labeled images and others without labels, as one data set; see ``TrainingImages``.

    ``labels`` are those of the labeled images alone, which come first: the metrics and pictures of
    a run, which go by labels, know no others. A batch has labeled images first, then unlabeled
    ones, whose label is ``NO_LABEL`` or a pseudo-label; each kind has its own order.

    Args:
      labeled: the labeled images.
      unlabeled: the others; their labels, of which they may have some, are ignored.
      share: share of a batch that is unlabeled; there is at least one image of each kind.
      pseudo_labels: int32, the label of each unlabeled image, ``NO_LABEL`` where it has none; None
        if no image has one.

    Raises:
      InputError: the images have different shapes.
    """

    def __init__(
        self,
        labeled: LabeledImages | StreamedImages,
        unlabeled: LabeledImages | StreamedImages,
        share: float,
        pseudo_labels: np.ndarray | None = None,
    ):
        super().__init__(
            labeled,
            unlabeled,
            ["--data", "--unlabeled_data"],
            "; for a folder without labels add --unlabeled --nested=flatten",
        )
        self._share = share
        if pseudo_labels is None:
            pseudo_labels = np.full(len(unlabeled.labels), NO_LABEL, np.int32)
        self._parts = (labeled, unlabeled.with_labels(pseudo_labels))
        self.labels = labeled.labels
        self.class_names = labeled.class_names
        self.name = labeled.name

    @property
    def num_unlabeled(self) -> int:
        """Number of images without labels."""
        return len(self._parts[1].labels)

    @property
    def epoch_size(self) -> int:
        """Number of labeled images; an epoch has each of them once."""
        return len(self.labels)

    def epoch_batches(self, batch_size: int) -> Fraction:
        """Number of batches of an epoch."""
        num_labeled, _ = self._sizes(batch_size)
        return Fraction(len(self.labels), num_labeled)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the images of both kinds, without pseudo-labels."""
        return self._fingerprint(["labeled", "unlabeled"])

    def unlabeled_pixels(self, indices: np.ndarray) -> np.ndarray:
        """Return unlabeled images by index, uint8 [*indices.shape, height, width, channels]."""
        return self._parts[1].pixels(indices)

    def with_pseudo_labels(self, pseudo_labels: np.ndarray) -> "PartlyLabeled":
        """Return the same images with labels for unlabeled ones; see ``__init__``."""
        return PartlyLabeled(*self._parts, self._share, pseudo_labels)

    def unlabeled_paths(self) -> Iterator[str]:
        """Yield the path of every unlabeled image, in order."""
        return (example.path for example in self._parts[1].examples)

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order.

        An unlabeled image that is a labeled one too is left out.
        """
        labeled, unlabeled = (part.identities(only_real=only_real) for part in self._parts)
        hashes = set()
        for image in labeled:
            hashes.add(image.sha256)
            yield image
        for image in unlabeled:
            if image.sha256 not in hashes:
                yield replace(image, seen_as=UNLABELED)

    def dataset(
        self, batch_size: int, seed: int, *, first_batch: int = 0, share: Share = WHOLE
    ) -> "tf.data.Dataset":
        """Return the endless batches; see ``TrainingImages``.

        Every worker decodes the whole batch: its share may be images of one kind.
        """
        import tensorflow as tf

        from gan_tf.inputs.pipeline import finished

        labeled, unlabeled = (
            part.dataset(size, part_seed, first_batch=first_batch)
            for part, size, part_seed in self._streams(batch_size, seed)
        )
        rows = share.rows(batch_size)

        def joined(labeled: dict, unlabeled: dict) -> dict:
            return {
                name: tf.concat([labeled[name], unlabeled[name]], axis=0)[rows] for name in labeled
            }

        return finished(tf.data.Dataset.zip(labeled, unlabeled).map(joined))

    def require_readable(self, batch_size: int, seed: int, batch: int) -> None:
        """Raise InputError naming the first bad image among those that are read for a batch."""
        for part, size, part_seed in self._streams(batch_size, seed):
            part.require_readable(size, part_seed, batch)

    def _streams(self, batch_size: int, seed: int) -> list[tuple]:
        """Return the images, their number in a batch and the seed of their order, of each kind."""
        return list(zip(self._parts, self._sizes(batch_size), part_seeds(seed), strict=True))

    def _sizes(self, batch_size: int) -> tuple[int, int]:
        """Return the numbers of labeled and of unlabeled images in a batch."""
        num_unlabeled = min(max(round(batch_size * self._share), 1), batch_size - 1)
        return batch_size - num_unlabeled, num_unlabeled
