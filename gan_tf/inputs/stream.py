"""Labeled images that stay on disk: each window is read when its turn comes."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.dataset_info import Fingerprint
from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import TrainedOnImage
from data_tools.progress import progress_bar
from data_tools.sources import Example, Source
from data_tools.sources.blocks import Blocks, ExampleBlocks, RecordBlocks, StoredImage
from data_tools.sources.records import RecordLoader
from gan_tf.inputs.prefetch import Prefetched
from gan_tf.inputs.training_images import Feed, size_text
from gan_tf.inputs.window_order import Window, WindowOrder, window_order

# Enough for the read of a window to hide behind the steps on the batches before it.
_BATCHES_AHEAD = 8
_MAX_THREADS = 8
# At 28x28 gray two threads do half of what one does, at 64x64 color over one and a half times.
_LEAST_BYTES_FOR_THREADS = 4096
# A batch may begin in one window and end in the next, while the one after is being read.
_WINDOWS_HELD = 3


class StreamedBatches:
    """Batches over images on disk in the order of windows; may be called in several threads.

    It holds the encoded images of at most three windows.

    Args:
      blocks: reads neighbors.
      labels: int32 [num_images].
      image_shape: height, width, channels that all images must have.
      order: of the images.
      batch_size: number of examples a batch; a batch may span windows and epochs.
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
        self._held: dict[Window, dict[int, Sequence[StoredImage]]] = {}

    def indices(self, batch: int) -> np.ndarray:
        """Which images batch number ``batch`` holds, int64 [batch_size]."""
        return np.concatenate([numbers for _, numbers in self._parts(batch)])

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """Batch number ``batch``: ``image`` uint8 and ``label`` int32.

        Raises:
          InputError: an image is damaged or of another size.
        """
        images = np.empty((self._batch_size, *self._image_shape), np.uint8)
        chosen = []
        for window, numbers in self._parts(batch):
            stored = self._stored(window)
            for number in numbers.tolist():
                block, place = divmod(number, self._order.block_size)
                images[len(chosen)] = checked_pixels(stored[block][place], self._image_shape)
                chosen.append(number)
        return {"image": images, "label": self._labels[chosen]}

    def _parts(self, batch: int) -> Iterator[tuple[Window, np.ndarray]]:
        """The windows that a batch touches, each with its numbers of the batch."""
        position, stop = batch * self._batch_size, (batch + 1) * self._batch_size
        while position < stop:
            window = self._order.window_at(position)
            place = position % self._order.num_images - window.start
            numbers = self._order.images(window)[place : place + stop - position]
            yield window, numbers
            position += len(numbers)

    def _stored(self, window: Window) -> dict[int, Sequence[StoredImage]]:
        """The images of a window by block, read if they are not held."""
        with self._lock:
            if window not in self._held:
                if len(self._held) == _WINDOWS_HELD:
                    del self._held[min(self._held)]
                self._held[window] = {
                    block.start // self._order.block_size: self._blocks(block)
                    for block in sorted(self._order.blocks(window), key=lambda block: block.start)
                }
            return self._held[window]


@dataclass(frozen=True)
class StreamedImages:
    """Images of one split that stay on disk; see ``TrainingImages``.

    Attributes:
      labels, class_names, name, fingerprint, image_shape, trained_on: as there.
      examples: where each image came from.
      blocks: reads them.
    """

    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    fingerprint: str
    image_shape: tuple[int, int, int]
    examples: Sequence[Example]
    blocks: Blocks
    trained_on: tuple[TrainedOnImage, ...] = ()

    @property
    def epoch_size(self) -> int:
        """All images."""
        return len(self.labels)

    def pixels(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """Some images, uint8 [*numbers.shape, height, width, channels]."""
        numbers = np.asarray(numbers)
        images = np.empty((numbers.size, *self.image_shape), np.uint8)
        for row, number in enumerate(numbers.ravel().tolist()):
            (stored,) = self.blocks(range(number, number + 1))
            images[row] = checked_pixels(stored, self.image_shape)
        return images.reshape(*numbers.shape, *self.image_shape)

    def identities(self) -> Iterator[TrainedOnImage]:
        """The hashes, path and group of every image; decodes all of them.

        Raises:
          InputError: an image is damaged or of another size than the first.
        """
        block_size = window_order(len(self.labels), self._image_bytes, 0).block_size
        starts = range(0, len(self.labels), block_size)

        def pixel_hashes(block: int) -> list[str]:
            # What is prepared ahead lies behind the last block in the end.
            numbers = range(len(self.labels))[block * block_size : (block + 1) * block_size]
            stored = self.blocks(numbers)
            return [pixels_sha256(checked_pixels(one, self.image_shape)) for one in stored]

        threads = num_threads(self._image_bytes)
        with (
            Prefetched(pixel_hashes, 2 * threads, threads) as feed,
            progress_bar("checking images", len(self.labels)) as bar,
        ):
            for block, start in enumerate(starts):
                for number, pixels in enumerate(feed(block), start):
                    example = self.examples[number]
                    yield example.as_trained_on(example.content_sha256(), pixels)
                    bar.update()

    def batches(self, batch_size: int, seed: int) -> AbstractContextManager[Feed]:
        """Batches in the order of windows, prepared ahead in other threads."""
        order = window_order(len(self.labels), self._image_bytes, seed)
        feed = StreamedBatches(self.blocks, self.labels, self.image_shape, order, batch_size)
        return Prefetched(feed, _BATCHES_AHEAD, num_threads(self._image_bytes))

    @property
    def _image_bytes(self) -> int:
        return int(np.prod(self.image_shape))


def streamed_images(source: Source) -> StreamedImages:
    """Opens a source for streaming: labels and hashes are read, pixels but for the first are not.

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
    )


def num_threads(image_bytes: int) -> int:
    """Threads that decode images of a size: one for each processor, but one alone where Pillow
    holds the interpreter's lock most of the time and several would wait for each other."""
    if image_bytes < _LEAST_BYTES_FOR_THREADS:
        return 1
    return min(len(os.sched_getaffinity(0)), _MAX_THREADS)


def checked_pixels(stored: StoredImage, shape: tuple[int, int, int]) -> np.ndarray:
    """The pixels of an image that must have a shape.

    Raises:
      InputError: it is damaged or has another.
    """
    pixels = stored.pixels()
    if pixels.shape != shape:
        raise InputError(
            f"{stored.name} is {size_text(pixels.shape)} but the first image is "
            f"{size_text(shape)}; bring all to one size and mode with "
            "`data_tools convert --op=resize_images`"
        )
    return pixels
