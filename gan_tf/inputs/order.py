"""The order of training examples: a pure function of seed, epoch and position.

An epoch sorts the examples by random keys, one for each, drawn from (seed, epoch). So training sets
that start with the same examples show these in the same order, however many others follow.
"""

import tensorflow as tf

from gan_tf.inputs.share import WHOLE, Share

#: Enough epochs for any run.
ENDLESS = 2**62


def permutation(size: int | tf.Tensor, seed: int, *counters: int | tf.Tensor) -> tf.Tensor:
    """Return a permutation of 0 .. size - 1, int64 [size].

    ``tf.raw_ops.RandomIndexShuffle`` would compute single places of a permutation, but it is far
    from uniform for small sizes: of 3,000 seeds, it gave 5 examples only 105 of their 120 orders,
    some of them ten times as often as others.

    Args:
      size: number of examples.
      seed: seed of the order, 0 .. 2**64 - 1.
      *counters: what distinguishes the permutations of one seed, such as the epoch.
    """
    key = tf.constant([seed & 0x7FFFFFFF, seed >> 31], tf.int64)
    for counter in counters:
        key = tf.random.fold_in(key, tf.cast(counter, tf.int64))
    keys = tf.random.stateless_uniform([size], key, minval=None, maxval=None, dtype=tf.int64)
    return tf.cast(tf.argsort(keys, stable=True), tf.int64)


def index_batches(
    size: int, batch_size: int, seed: int, first_batch: int = 0, share: Share = WHOLE
) -> tf.data.Dataset:
    """Return the indices of the examples of every batch, int64 [batch_size / share.count].

    Batch ``i`` holds positions ``i * batch_size`` to ``(i + 1) * batch_size - 1`` of the
    concatenated epochs. A batch may span epochs, so no example is dropped.

    Args:
      size: number of examples, at least 1.
      batch_size: number of examples of a batch of all workers.
      seed: seed of the order.
      first_batch: number of batches to leave out at the start.
      share: the share of every batch that is delivered.
    """
    first_epoch, num_done = divmod(first_batch * batch_size, size)

    def order(epoch: tf.Tensor) -> tf.Tensor:
        start = tf.where(epoch == first_epoch, tf.constant(num_done, tf.int64), 0)
        # Gathered, as slicing shares memory, which makes TensorFlow print a line on rebatching.
        return tf.gather(permutation(size, seed, epoch), tf.range(start, size))

    epochs = tf.data.Dataset.range(first_epoch, ENDLESS)
    rows = share.rows(batch_size)
    return epochs.map(order).rebatch(batch_size, drop_remainder=True).map(lambda x: x[rows])
