"""Batches of examples in memory."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from gan_tf.inputs.alignment import is_aligned
from gan_tf.inputs.order import index_batches
from gan_tf.inputs.pipeline import finished
from gan_tf.inputs.share import WHOLE, Share

#: Indices int64 [n] -> the values of these examples, [n, ...].
Lookup = Callable[[tf.Tensor], tf.Tensor]


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Return the array as a tensor in the memory of the host.

    It shares the array's memory if that is contiguous, writable and aligned, which images in memory
    and files mapped copy-on-write are; otherwise it is a copy.
    """
    if array.flags.c_contiguous and array.flags.writeable and array.size and is_aligned(array):
        return tf.experimental.dlpack.from_dlpack(np.asarray(array).__dlpack__())
    with tf.device("CPU"):
        return tf.constant(array)


def lookup(array: np.ndarray) -> Lookup:
    """Return the lookup of an array's rows."""
    tensor = as_tensor(array)
    return lambda indices: tf.gather(tensor, indices)


def example_batches(
    lookups: Mapping[str, Lookup],
    size: int,
    batch_size: int,
    seed: int,
    first_batch: int = 0,
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Return the endless batches of examples in memory.

    Args:
      lookups: how each named part of an example is looked up.
      size: number of examples.
      batch_size, seed, first_batch, share: see ``index_batches``.
    """
    indices = index_batches(size, batch_size, seed, first_batch, share)
    return finished(indices.map(lambda x: {name: find(x) for name, find in lookups.items()}))
