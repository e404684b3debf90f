"""A function of images, computed in batches of one size."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
import tensorflow as tf


class BatchedFunction:
    """A compiled function of images that is always computed on batches of one size.

    Batches of different sizes differ in the last bits of their results, so the last batch is
    padded: the result for an image does not depend on the number of images.

    Args:
      function: images [batch_size, height, width, channels] -> values [batch_size, ...], each of
        which depends on its own image alone.
      batch_size: number of images per batch.

    Attributes:
      batch_size: number of images per batch.
    """

    def __init__(self, function: Callable[[tf.Tensor], tf.Tensor], batch_size: int):
        self.batch_size = batch_size
        self._function = tf.function(function)

    def __call__(self, images: Iterable[np.ndarray]) -> np.ndarray:
        """Return the values of all images, [num_images, ...]; at least one image is needed."""
        return np.concatenate(list(self.batches(images)))

    def batches(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the values batch by batch; reads no more images ahead than one batch.

        Args:
          images: arrays [height, width, channels] of one shape and dtype.
        """
        remaining = iter(images)
        while batch := list(islice(remaining, self.batch_size)):
            padded = np.zeros((self.batch_size, *batch[0].shape), batch[0].dtype)
            padded[: len(batch)] = batch
            yield self._function(tf.constant(padded)).numpy()[: len(batch)]
