"""A random order for data on disk: permuted blocks, then permuted images within a window."""

import functools
from typing import NamedTuple

import numpy as np

#: Size of a window when decoded: small enough for memory, large enough to mix well.
_WINDOW_BYTES = 64 * 2**20
_MAX_WINDOW_IMAGES = 8192
_BLOCKS_PER_WINDOW = 32


class Window(NamedTuple):
    """A part of an epoch whose images are in memory at once.

    Attributes:
      epoch: number of the epoch, from 0.
      number: number of the window in its epoch, from 0.
      start: position of its first image in the epoch.
    """

    epoch: int
    number: int
    start: int


class WindowOrder:
    """An endless order in which every epoch has every image once.

    Images are stored in blocks of ``block_size`` neighbors; the last block may be shorter. An epoch
    has the blocks in an order drawn from (seed, epoch). Every ``window_blocks`` of them form a
    window, whose images are in an order drawn from (seed, epoch, window). So reading one window is
    enough to start at any position.

    Args:
      num_images: number of images, at least 1.
      block_size: number of images that are read together.
      window_blocks: number of blocks per window.
      seed: seed of the order.
    """

    def __init__(self, num_images: int, block_size: int, window_blocks: int, seed: int):
        self.num_images = num_images
        self.block_size = block_size
        self._window_blocks = window_blocks
        self._seed = seed
        self._epoch = functools.lru_cache(maxsize=2)(self._draw_epoch)
        self._images = functools.lru_cache(maxsize=3)(self._draw_images)

    def window_at(self, position: int) -> Window:
        """Return the window with a position of the endless order."""
        epoch, offset = divmod(position, self.num_images)
        _, starts = self._epoch(epoch)
        number = int(np.searchsorted(starts, offset, side="right")) - 1
        return Window(epoch, number, int(starts[number]))

    def blocks(self, window: Window) -> list[range]:
        """Return the blocks of a window, each as a range of image indices."""
        permuted, _ = self._epoch(window.epoch)
        first = window.number * self._window_blocks
        starts = permuted[first : first + self._window_blocks] * self.block_size
        stops = np.minimum(starts + self.block_size, self.num_images)
        return [range(*ends) for ends in zip(starts.tolist(), stops.tolist(), strict=True)]

    def images(self, window: Window) -> np.ndarray:
        """Return the indices of a window's images in order, int64."""
        return self._images(window)

    def _draw_epoch(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the blocks of an epoch in order, and the first position of each window."""
        num_blocks = -(-self.num_images // self.block_size)
        permuted = np.random.default_rng([self._seed, epoch]).permutation(num_blocks)
        sizes = np.full(num_blocks, self.block_size)
        sizes[permuted == num_blocks - 1] = self.num_images - (num_blocks - 1) * self.block_size
        ends = np.concatenate([[0], np.cumsum(sizes)])
        return permuted, ends[: -1 : self._window_blocks]

    def _draw_images(self, window: Window) -> np.ndarray:
        indices = np.concatenate([np.arange(b.start, b.stop) for b in self.blocks(window)])
        # Not window 0, whose draws would be those of the epoch.
        generator = np.random.default_rng([self._seed, window.epoch, window.number + 1])
        return generator.permutation(indices)


def window_order(num_images: int, image_bytes: int, seed: int) -> WindowOrder:
    """Return the order for images of ``image_bytes`` when decoded, the same on any machine."""
    window_images = max(1, min(_WINDOW_BYTES // image_bytes, _MAX_WINDOW_IMAGES))
    block_size = max(1, window_images // _BLOCKS_PER_WINDOW)
    return WindowOrder(num_images, block_size, -(-window_images // block_size), seed)
