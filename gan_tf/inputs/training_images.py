"""What a run needs of its training images, whether they are held in memory or streamed."""

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
      class_names: in the source's order.
      name: the source's name.
      fingerprint: hash over the content, see ``data_tools.formats.dataset_info.Fingerprint``.
      image_shape: height, width, channels.
      examples: where each image came from, in the same order.
      trained_on: the real images that made the synthetic ones among them, by their source's word.
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
        """Images of a batch stream that make an epoch."""

    def pixels(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Some images, uint8 [*numbers.shape, height, width, channels]."""

    def identities(self) -> Iterator[TrainedOnImage]:
        """The hashes, path and group of every image, in order."""

    def batches(self, batch_size: int, seed: int) -> AbstractContextManager[Feed]:
        """An endless stream of batches, readable at any index, in which every epoch has every
        image once; a pure function of seed and index. Leaving the context ends its threads."""


def size_text(shape: Sequence[int]) -> str:
    """A shape [height, width, channels] in words.

    >>> size_text((32, 28, 1))
    '28x32 pixels with 1 channel'
    """
    height, width, channels = shape
    return f"{width}x{height} pixels with {channels} channel{'s' if channels > 1 else ''}"
