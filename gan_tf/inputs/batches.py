"""The order of training examples: a pure function of seed and position."""

import functools

import numpy as np


class Batches:
    """An endless stream of batches over images in memory, readable at any index.

    The stream runs through one permutation of the images after another, each drawn from (seed,
    epoch); batch ``i`` holds positions ``i * batch_size`` to ``(i + 1) * batch_size - 1``. A batch
    may span two epochs, so every image is seen equally often and no image is dropped.

    Args:
      images: uint8 [num_images, height, width, channels].
      labels: int32 [num_images].
      batch_size: number of examples a batch.
      seed: another seed is another order.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, seed: int):
        self._images = images
        self._labels = labels
        self._batch_size = batch_size
        self._order = functools.lru_cache(maxsize=2)(
            lambda epoch: np.random.default_rng([seed, epoch]).permutation(len(images))
        )

    def indices(self, batch: int) -> np.ndarray:
        """Which images batch number ``batch`` holds, int64 [batch_size]."""
        positions = np.arange(batch * self._batch_size, (batch + 1) * self._batch_size)
        epochs, places = np.divmod(positions, len(self._images))
        indices = np.empty(self._batch_size, np.int64)
        for epoch in range(epochs[0], epochs[-1] + 1):
            held = epochs == epoch
            indices[held] = self._order(epoch)[places[held]]
        return indices

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """Batch number ``batch``: ``image`` uint8 and ``label`` int32."""
        chosen = self.indices(batch)
        return {"image": self._images[chosen], "label": self._labels[chosen]}
