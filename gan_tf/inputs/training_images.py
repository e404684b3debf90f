"""The interface of training images, held in memory or streamed."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.manifest import TrainedOnImage
from data_tools.formats.pixel_modes import MODES
from data_tools.sources import Example
from data_tools.sources.record_loaders import RecordLoader
from gan_tf.inputs.share import WHOLE, Share

if TYPE_CHECKING:
    import tensorflow as tf

#: The label of an image without one in a batch.
NO_LABEL = -1

# The modes of images as a network reads them, with 8 bits.
_MODES = {channels: mode for mode, channels in MODES.items() if mode != "I;16"}


class TrainingImages(Protocol):
    """Labeled images of one split.

    Attributes:
      labels: int32 [num_images], positions in ``class_names``.
      class_names: names of the classes, in the source's order.
      name: name of the source.
      fingerprint: hash of the content, see ``data_tools.formats.dataset_info.Fingerprint``.
      image_shape: height, width, channels.
      examples: the source of each image, in the same order; images without labels come last.
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
        """Number of images that an epoch has once each."""

    def epoch_batches(self, batch_size: int) -> Fraction:
        """Number of batches of an epoch."""

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order."""

    def dataset(
        self, batch_size: int, seed: int, *, first_batch: int = 0, share: Share = WHOLE
    ) -> "tf.data.Dataset":
        """Return the endless batches, in which every epoch holds every image once.

        They are a function of the arguments, whatever the number of threads.

        Args:
          batch_size: number of images of a batch of all workers.
          seed: seed of the order.
          first_batch: number of batches to leave out at the start.
          share: the share of every batch that is delivered.

        Returns:
          ``image`` uint8 [batch_size / share.count, height, width, channels] and ``label`` int32,
          ``NO_LABEL`` for an image without one (for two domains, ``image_a`` and ``image_b``).
        """

    def require_readable(self, batch_size: int, seed: int, batch: int) -> None:
        """Raise InputError naming the first bad image among those that are read for a batch."""


def checked_pixels(example: Example, shape: tuple[int, int, int]) -> np.ndarray:
    """Read and decode an image and check its shape.

    Raises:
      InputError: the image cannot be read, is damaged or has another shape.
    """
    where = f" ({example.load.name})" if isinstance(example.load, RecordLoader) else ""
    try:
        pixels = example.pixels()
    except InputError as error:
        raise InputError(f"{error}{where}") from None
    if pixels.shape != shape:
        raise InputError(
            f"'{example.source_path}'{where} is {size_text(pixels.shape)} but the first image is "
            f"{size_text(shape)}; bring all to one size and mode with {resize_command(*shape)}"
        )
    return pixels


def resize_command(height: int, width: int, channels: int | None = None) -> str:
    """Return the command that brings all images to one size and, if given, number of channels.

    >>> resize_command(28, 32, 3)
    '`data_tools convert --op=resize_images --height=28 --width=32 --mode=RGB --splits=all`'
    """
    mode = f" --mode={_MODES[channels]}" if channels else ""
    return (
        f"`data_tools convert --op=resize_images --height={height} --width={width}{mode} "
        "--splits=all`"
    )


def size_text(shape: Sequence[int]) -> str:
    """Describe a shape [height, width, channels].

    >>> size_text((32, 28, 1))
    '28x32 pixels with 1 channel'
    """
    height, width, channels = shape
    return f"{width}x{height} pixels with {channels} channel{'s' if channels > 1 else ''}"
