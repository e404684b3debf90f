"""The interface of training images, held in memory or streamed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import Example

#: Batch index -> ``image`` uint8 [batch_size, height, width, channels] and ``label`` int32.
Feed = Callable[[int], dict[str, np.ndarray]]


class TrainingImages(Protocol):
    """Labeled images of one split.

    Attributes:
      labels: int32 [num_images], positions in ``class_names``.
      class_names: names of the classes, in the source's order.
      name: name of the source.
      fingerprint: hash of the content, see ``data_tools.formats.dataset_info.Fingerprint``.
      image_shape: height, width, channels.
      examples: the source of each image, in the same order.
      trained_on: the real images that the generators of synthetic ones among them were trained
        on, as stated by their source.
    """

    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    examples: Sequence[Example]
    trained_on: tuple[TrainedOnImage, ...]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""

    @property
    def epoch_size(self) -> int:
        """Number of examples of each batch key in an epoch."""

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order."""

    def batches(self, batch_size: int, seed: int) -> AbstractContextManager[Feed]:
        """Open an endless feed, a pure function of seed and index, with every image once per epoch.

        Leaving the context ends its threads.
        """


def size_text(shape: Sequence[int]) -> str:
    """Describe a shape [height, width, channels].

    >>> size_text((32, 28, 1))
    '28x32 pixels with 1 channel'
    """
    height, width, channels = shape
    return f"{width}x{height} pixels with {channels} channel{'s' if channels > 1 else ''}"
