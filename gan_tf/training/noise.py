"""Stateless randomness: a pure function of seed, counters, name and example."""

import zlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf


def derived_seed(seed: int, *names: str) -> int:
    """Derive from a run seed an independent seed, 0..2**31 - 1, for each name.

    >>> derived_seed(1, "generator") != derived_seed(1, "discriminator")
    True
    """
    entropy = [seed, *(zlib.crc32(name.encode()) for name in names)]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)


class Noise:
    """Random numbers for the examples of one batch.

    A number depends only on the key, the name it is drawn under and the example's index in the
    global batch: each replica draws for the whole batch and keeps the numbers of its own examples,
    so that one device and several see the same numbers.

    Args:
      key: int32 [2], different for every batch; see ``Noise.key``.
      num_examples: number of examples of this replica.
      first_example: index in the global batch of the first of them.
      global_batch: number of examples over all replicas; by default ``num_examples``.
      rows: draw for these of this replica's examples; None for all.
    """

    def __init__(
        self,
        key: tf.Tensor,
        num_examples: int,
        first_example: int | tf.Tensor = 0,
        global_batch: int | None = None,
        rows: tf.Tensor | None = None,
    ):
        self._key = key
        self.num_examples = num_examples
        self._first_example = first_example
        self._global_batch = global_batch or num_examples
        self._rows = rows

    @staticmethod
    def key(seed: int, *counters: int | tf.Tensor) -> tf.Tensor:
        """Return a key, int32 [2], for a run seed and counters such as step and update."""
        key = tf.constant([seed & 0x7FFFFFFF, seed >> 31], tf.int32)
        for counter in counters:
            key = tf.random.fold_in(key, tf.cast(counter, tf.int32))
        return key

    def _named_key(self, name: str) -> tf.Tensor:
        return tf.random.fold_in(self._key, zlib.crc32(name.encode()) & 0x7FFFFFFF)

    def for_global_batch(self) -> "Noise":
        """Return the same noise for the examples of all replicas."""
        return Noise(self._key, self._global_batch)

    def spaced_rows(self, name: str, every: int) -> tf.Tensor:
        """Draw one of the first ``every`` examples of this replica, and take every so manyth of it.

        Returns:
          int32 [max(1, num_examples // every)]; each example is drawn with the same probability if
          ``every`` divides their number.
        """
        every = min(every, self.num_examples)
        first = tf.random.stateless_uniform([], self._named_key(name), 0, every, tf.int32)
        return first + tf.range(0, self.num_examples - every + 1, every)

    def of_rows(self, rows: tf.Tensor) -> "Noise":
        """Return the same noise for some of this replica's examples."""
        position = (self._first_example, self._global_batch)
        return Noise(self._key, self.num_examples, *position, rows)

    def local_slice(self, values: tf.Tensor) -> tf.Tensor:
        """Return this replica's slice of values for the global batch."""
        if self._global_batch != self.num_examples:
            begin = [self._first_example] + [0] * (values.shape.rank - 1)
            values = tf.slice(values, begin, [self.num_examples, *values.shape[1:]])
        return values if self._rows is None else tf.gather(values, self._rows)

    def normal(self, name: str, shape: Sequence[int] = ()) -> tf.Tensor:
        """Draw standard normal numbers, float32 [num_examples, *shape]."""
        shape = [self._global_batch, *shape]
        return self.local_slice(tf.random.stateless_normal(shape, self._named_key(name)))

    def uniform(self, name: str, shape: Sequence[int] = ()) -> tf.Tensor:
        """Draw uniform numbers in [0, 1), float32 [num_examples, *shape]."""
        shape = [self._global_batch, *shape]
        return self.local_slice(tf.random.stateless_uniform(shape, self._named_key(name)))

    def categories(self, name: str, probabilities: tf.Tensor) -> tf.Tensor:
        """Draw categories 0..K-1 with ``probabilities`` [K], int32 [num_examples]."""
        logits = tf.math.log(probabilities)[tf.newaxis]
        drawn = tf.random.stateless_categorical(
            logits, self._global_batch, self._named_key(name), tf.int32
        )
        return self.local_slice(drawn[0])
