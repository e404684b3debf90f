"""Labeled images streamed from disk, window by window."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import REAL, TrainedOnImage
from data_tools.progress import progress_bar
from data_tools.sources import Example, Source
from data_tools.sources.blocks import Blocks, ExampleBlocks, RecordBlocks, StoredImage
from data_tools.sources.records import RecordLoader
from gan_tf.inputs.prefetch import Prefetched
from gan_tf.inputs.training_images import Feed, size_text
from gan_tf.inputs.window_order import Window, WindowOrder, window_order

# Enough to hide the reading of a window behind the steps on the batches before it.
_BATCHES_AHEAD = 8
_MAX_THREADS = 8
# With 28x28 gray images two threads are half as fast as one, with 64x64 color 1.5 times as fast.
_MIN_BYTES_FOR_THREADS = 4096
# A batch may span two windows while the next one is read.
_MAX_WINDOWS = 3


class StreamedBatches:
    """Batches of images on disk in the order of windows; may be called in several threads.

    At most three windows of encoded images are in memory.

    Args:
      blocks: reads blocks of neighboring images.
      labels: int32 [num_images].
      image_shape: required height, width and channels.
      order: order of the images.
      batch_size: number of examples per batch; a batch may span windows and epochs.
    """

    def __init__(
        self,
        blocks: Blocks,
        labels: np.ndarray,
        image_shape: tuple[int, int, int],
        order: WindowOrder,
        batch_size: int,
    ):
        self._blocks = blocks
        self._labels = labels
        self._image_shape = image_shape
        self._order = order
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._windows: dict[Window, dict[int, Sequence[StoredImage]]] = {}

    def indices(self, batch: int) -> np.ndarray:
        """Return the indices of the images of a batch, int64 [batch_size]."""
        return np.concatenate([indices for _, indices in self._parts(batch)])

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """Return a batch by its index: ``image`` uint8 and ``label`` int32.

        Raises:
          InputError: an image is damaged or has another size.
        """
        images = np.empty((self._batch_size, *self._image_shape), np.uint8)
        batch_indices = []
        for window, indices in self._parts(batch):
            blocks = self._read_window(window)
            for index in indices.tolist():
                block, offset = divmod(index, self._order.block_size)
                stored = blocks[block][offset]
                images[len(batch_indices)] = checked_pixels(stored, self._image_shape)
                batch_indices.append(index)
        return {"image": images, "label": self._labels[batch_indices]}

    def _parts(self, batch: int) -> Iterator[tuple[Window, np.ndarray]]:
        """Yield the windows of a batch, each with the batch's indices in it."""
        position, stop = batch * self._batch_size, (batch + 1) * self._batch_size
        while position < stop:
            window = self._order.window_at(position)
            offset = position % self._order.num_images - window.start
            indices = self._order.images(window)[offset : offset + stop - position]
            yield window, indices
            position += len(indices)

    def _read_window(self, window: Window) -> dict[int, Sequence[StoredImage]]:
        """Return the images of a window by block, from memory if they are there."""
        with self._lock:
            if window not in self._windows:
                if len(self._windows) == _MAX_WINDOWS:
                    del self._windows[min(self._windows)]
                self._windows[window] = {
                    block.start // self._order.block_size: self._blocks(block)
                    for block in sorted(self._order.blocks(window), key=lambda block: block.start)
                }
            return self._windows[window]


@dataclass(frozen=True)
class StreamedImages:
    """Images of one split on disk; see ``TrainingImages``.

    Attributes:
      labels, class_names, name, fingerprint, image_shape, examples, trained_on: see there.
      blocks: reads the images.
      share_shape: True if the source records that all images have one shape.
    """

    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    image_shape: tuple[int, int, int]
    examples: Sequence[Example]
    blocks: Blocks
    trained_on: tuple[TrainedOnImage, ...] = ()
    share_shape: bool = False

    @property
    def epoch_size(self) -> int:
        """Number of images."""
        return len(self.labels)

    def pixels(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return images by index, uint8 [*indices.shape, height, width, channels]."""
        indices = np.asarray(indices)
        images = np.empty((indices.size, *self.image_shape), np.uint8)
        for row, index in enumerate(indices.ravel().tolist()):
            (stored,) = self.blocks(range(index, index + 1))
            images[row] = checked_pixels(stored, self.image_shape)
        return images.reshape(*indices.shape, *self.image_shape)

    def identities(self, *, only_real: bool = False) -> Iterator[TrainedOnImage]:
        """Yield the hashes, path and group of every image, or of those that are real, in order.

        Images are decoded unless their source records the hashes of their pixels and one shape.

        Raises:
          InputError: an image is decoded and is damaged or has another shape than the first.
        """
        block_size = window_order(len(self.labels), self._image_bytes, 0).block_size
        num_blocks = -(-len(self.labels) // block_size)

        def identified(block: int) -> list[TrainedOnImage]:
            # At the end, blocks that are prepared ahead are empty.
            indices = range(len(self.labels))[block * block_size : (block + 1) * block_size]
            examples = [self.examples[index] for index in indices]
            hashes = [example.pixels_sha256 for example in examples]
            if None in hashes or not self.share_shape:
                stored_images = self.blocks(indices)
                hashes = [pixels_sha256(checked_pixels(x, self.image_shape)) for x in stored_images]
            return [
                example.as_trained_on(example.content_sha256(), pixels)
                for example, pixels in zip(examples, hashes, strict=True)
                if example.origin == REAL or not only_real
            ]

        threads = num_threads(self._image_bytes)
        with (
            Prefetched(identified, 2 * threads, threads) as feed,
            progress_bar("checking images", len(self.labels)) as bar,
        ):
            for block in range(num_blocks):
                yield from feed(block)
                bar.update(min(block_size, bar.total - bar.n))

    def batches(self, batch_size: int, seed: int) -> AbstractContextManager[Feed]:
        """Open a feed of batches in the order of windows, prepared ahead in other threads."""
        order = window_order(len(self.labels), self._image_bytes, seed)
        feed = StreamedBatches(self.blocks, self.labels, self.image_shape, order, batch_size)
        return Prefetched(feed, _BATCHES_AHEAD, num_threads(self._image_bytes))

    @property
    def _image_bytes(self) -> int:
        return int(np.prod(self.image_shape))


def streamed_images(source: Source) -> StreamedImages:
    """Open a source for streaming: reads labels and hashes, and the pixels of the first image only.

    Raises:
      InputError: the first image is damaged.
    """
    label_id = {name: index for index, name in enumerate(source.class_names)}
    labels = np.empty(len(source.examples), np.int32)
    fingerprint, records = Fingerprint(), RecordBlocks()
    for index, example in enumerate(source.examples):
        labels[index] = label_id[example.label]
        fingerprint.add(example.path, example.label, example.content_sha256())
        if isinstance(example.load, RecordLoader):
            records.append(example.load)
    return StreamedImages(
        labels,
        source.class_names,
        source.name,
        fingerprint.hexdigest(),
        source.examples[0].pixels().shape,
        source.examples,
        records if len(records) == len(labels) else ExampleBlocks(source.examples),
        source.trained_on,
        source.shape is not None,
    )


def num_threads(image_bytes: int) -> int:
    """Return the number of threads to decode images of a size.

    It is one per core, but a single one for small images, for which Pillow holds the interpreter
    lock most of the time.
    """
    if image_bytes < _MIN_BYTES_FOR_THREADS:
        return 1
    return min(len(os.sched_getaffinity(0)), _MAX_THREADS)


def checked_pixels(stored: StoredImage, shape: tuple[int, int, int]) -> np.ndarray:
    """Decode an image and check its shape.

    Raises:
      InputError: the image is damaged or has another shape.
    """
    pixels = stored.pixels()
    if pixels.shape != shape:
        raise InputError(
            f"{stored.name} is {size_text(pixels.shape)} but the first image is "
            f"{size_text(shape)}; bring all to one size and mode with "
            "`data_tools convert --op=resize_images`"
        )
    return pixels
