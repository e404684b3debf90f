"""The order of training examples: a pure function of seed and position."""

import functools

import numpy as np


class Batches:
    """An endless stream of batches over images in memory, readable at any index.

    Every epoch is a permutation of the images, drawn from (seed, epoch). Batch ``i`` holds
    positions ``i * batch_size`` to ``(i + 1) * batch_size - 1`` of the concatenated epochs. A batch
    may span two epochs, so no image is dropped.

    Args:
      images: uint8 [num_images, height, width, channels].
      labels: int32 [num_images].
      batch_size: number of examples per batch.
      seed: seed of the order.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int):
        self._images = images
        self._labels = labels
        self._batch_size = batch_size
        self._order = functools.lru_cache(maxsize=2)(
            lambda epoch: np.random.default_rng([seed, epoch]).permutation(len(images))
        )

    def indices(self, batch: int) -> np.ndarray:
        """Return the indices of the images of a batch, int64 [batch_size]."""
        positions = np.arange(batch * self._batch_size, (batch + 1) * self._batch_size)
        epochs, offsets = np.divmod(positions, len(self._images))
        indices = np.empty(self._batch_size, np.int64)
        for epoch in range(epochs[0], epochs[-1] + 1):
            in_epoch = epochs == epoch
            indices[in_epoch] = self._order(epoch)[offsets[in_epoch]]
        return indices

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """Return a batch by its index: ``image`` uint8 and ``label`` int32."""
        indices = self.indices(batch)
        return {"image": self._images[indices], "label": self._labels[indices]}
