"""An order for data on disk: blocks of neighbors are permuted, then the images of each window."""

import functools
from typing import NamedTuple

import numpy as np

#: Decoded images of one window: few enough to hold in memory, many enough to mix well.
_WINDOW_BYTES = 64 * 2**20
_MAX_WINDOW_IMAGES = 8192
_BLOCKS_PER_WINDOW = 32


class Window(NamedTuple):
    """A stretch of one epoch whose images are held at once.

    Attributes:
      epoch: counted from 0.
      number: of the window in its epoch.
      start: position in the epoch at which it begins.
    """

    epoch: int
    number: int
    start: int


class WindowOrder:
    """An endless order in which every epoch has every image once.

    The images lie in blocks of ``block_size`` neighbors; the last block may be shorter. An epoch
    takes the blocks in an order drawn from (seed, epoch), ``window_blocks`` at a time, and the
    images of such a window in an order drawn from (seed, epoch, window). So any place of the order
    is reached by reading one window.

    Args:
      num_images: at least 1.
      block_size: images that are read together.
      window_blocks: blocks that are held at once.
      seed: another seed is another order.
    """

    def __init__(self, num_images: int, block_size: int, window_blocks: int, seed: int):
        self.num_images = num_images
        self.block_size = block_size
        self._window_blocks = window_blocks
        self._seed = seed
        self._epoch = functools.lru_cache(maxsize=2)(self._drawn_epoch)
        self._images = functools.lru_cache(maxsize=3)(self._drawn_images)

    def window_at(self, position: int) -> Window:
        """The window that holds a position of the endless order."""
        epoch, place = divmod(position, self.num_images)
        _, starts = self._epoch(epoch)
        number = int(np.searchsorted(starts, place, side="right")) - 1
        return Window(epoch, number, int(starts[number]))

    def blocks(self, window: Window) -> list[range]:
        """The blocks of a window, each as the numbers of its images."""
        permuted, _ = self._epoch(window.epoch)
        first = window.number * self._window_blocks
        starts = permuted[first : first + self._window_blocks] * self.block_size
        stops = np.minimum(starts + self.block_size, self.num_images)
        return [range(*ends) for ends in zip(starts.tolist(), stops.tolist(), strict=True)]

    def images(self, window: Window) -> np.ndarray:
        """The numbers of a window's images in their order, int64."""
        return self._images(window)

    def _drawn_epoch(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """The blocks of an epoch in their order, and the position at which each window begins."""
        num_blocks = -(-self.num_images // self.block_size)
        permuted = np.random.default_rng([self._seed, epoch]).permutation(num_blocks)
        sizes = np.full(num_blocks, self.block_size)
        sizes[permuted == num_blocks - 1] = self.num_images - (num_blocks - 1) * self.block_size
        ends = np.concatenate([[0], np.cumsum(sizes)])
        return permuted, ends[: -1 : self._window_blocks]

    def _drawn_images(self, window: Window) -> np.ndarray:
        numbers = np.concatenate([np.arange(b.start, b.stop) for b in self.blocks(window)])
        # Not 0, which would draw what the epoch's own generator draws.
        generator = np.random.default_rng([self._seed, window.epoch, window.number + 1])
        return generator.permutation(numbers)


def window_order(num_images: int, image_bytes: int, seed: int) -> WindowOrder:
    """The order for images of so many bytes each when decoded; the machine has no say in it."""
    window_images = max(1, min(_WINDOW_BYTES // image_bytes, _MAX_WINDOW_IMAGES))
    block_size = max(1, window_images // _BLOCKS_PER_WINDOW)
    return WindowOrder(num_images, block_size, -(-window_images // block_size), seed)
