"""Batches of images in TFRecords, read natively and window by window.

An epoch has the blocks of the source in an order drawn from (seed, epoch). Consecutive blocks form
a window, whose records are in an order drawn from (seed, epoch, window). So reading one window is
enough to start at any batch, and only encoded records wait in memory.
"""

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote
from data_tools.formats.record_keys import RecordKeys
from gan_tf.inputs.blocks import Blocks
from gan_tf.inputs.encoded import Decode, image_decoder, to_8_bits
from gan_tf.inputs.memory import lookup
from gan_tf.inputs.order import ENDLESS, permutation
from gan_tf.inputs.pipeline import finished
from gan_tf.inputs.share import WHOLE, Share

_BUFFER_BYTES = 2**18
_BLOCKS_READ_IN_PARALLEL = 8


def record_batches(
    blocks: Blocks,
    labels: np.ndarray,
    decode: Decode,
    batch_size: int,
    seed: int,
    first_batch: int = 0,
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Return the endless batches of images in TFRecords.

    Every worker reads all records, so that the batches do not depend on the number of workers, but
    decodes only its share.

    Args:
      blocks: where the records are.
      labels: int32 [num_records].
      decode: see ``record_decoder``.
      batch_size: number of images of a batch of all workers; it may span windows and epochs.
      seed: seed of the order.
      first_batch: number of batches to leave out at the start.
      share: the share of every batch that is delivered.

    Returns:
      ``image`` uint8 [batch_size / share.count, height, width, channels] and ``label`` int32.

    Raises:
      InputError: TensorFlow does not know the file system of a shard.
    """
    _require_file_systems(blocks.shards)
    first_window, num_done = _window_at(blocks, seed, first_batch * batch_size)
    read = _window_reader(blocks, seed)
    rows = share.rows(batch_size)
    label_of = lookup(labels)

    def examples(records: tf.Tensor, indices: tf.Tensor) -> dict[str, tf.Tensor]:
        image = decode(records[rows])
        return {"image": image, "label": label_of(indices[rows])}

    def remaining(window: tf.Tensor) -> tf.data.Dataset:
        return read(window, tf.where(window == first_window, tf.constant(num_done, tf.int64), 0))

    windows = tf.data.Dataset.range(first_window, ENDLESS).flat_map(remaining).prefetch(1)
    batches = windows.rebatch(batch_size, drop_remainder=True)
    return finished(batches.map(examples, num_parallel_calls=tf.data.AUTOTUNE))


def _require_file_systems(shards: Sequence[str]) -> None:
    known = tf.io.gfile.get_registered_schemes()
    for shard in shards:
        scheme = shard.partition("://")[0]
        if is_remote(shard) and scheme not in known:
            raise InputError(
                f"TensorFlow cannot stream {shard}: it has no file system {scheme}://; use "
                "--input=memory, or mount it as a folder"
            )


def indices_read_for(blocks: Blocks, batch_size: int, seed: int, batch: int) -> Iterator[int]:
    """Yield the indices of the records in the windows that a batch needs."""
    first, _ = _window_at(blocks, seed, batch * batch_size)
    last, _ = _window_at(blocks, seed, (batch + 1) * batch_size - 1)
    for window in range(first, last + 1):
        for block in _blocks_of_window(blocks, seed, tf.constant(window, tf.int64)).numpy():
            yield from range(blocks.firsts[block], blocks.firsts[block] + blocks.sizes[block])


def _window_at(blocks: Blocks, seed: int, position: int) -> tuple[int, int]:
    """Return the window of a position of the endless order, and how far into it that is."""
    epoch, place = divmod(position, int(blocks.sizes.sum()))
    sizes = blocks.sizes[permutation(len(blocks.sizes), seed, epoch).numpy()]
    starts = np.concatenate([[0], np.cumsum(sizes)])[: -1 : blocks.per_window]
    number = int(np.searchsorted(starts, place, side="right")) - 1
    return epoch * blocks.per_epoch + number, int(place - starts[number])


def _blocks_of_window(blocks: Blocks, seed: int, window: tf.Tensor) -> tf.Tensor:
    """Return the blocks of a window in the order of the source, int64 [num_blocks]."""
    first = window % blocks.per_epoch * blocks.per_window
    order = permutation(len(blocks.sizes), seed, window // blocks.per_epoch)
    return tf.sort(order[first : first + blocks.per_window])


def _window_reader(blocks: Blocks, seed: int) -> Callable[[tf.Tensor, tf.Tensor], tf.data.Dataset]:
    """Return a function from a window and a start to a data set of one element.

    It has the records of the window in order from the start on, string [n], and their indices,
    int64 [n].
    """
    columns = (blocks.shard_ids, blocks.offsets, blocks.firsts, blocks.sizes)
    with tf.device("CPU"):
        shards = tf.constant([*map(os.fsencode, blocks.shards)])
        shard_ids, offsets, firsts, sizes = map(tf.constant, columns)
    max_block_size = int(blocks.sizes.max())

    def read_block(block: tf.Tensor) -> tf.data.Dataset:
        shard = tf.gather(shards, shard_ids[block])
        records = tf.data.experimental.from_variant(
            tf.raw_ops.TFRecordDatasetV2(
                filenames=[shard],
                compression_type="",
                buffer_size=_BUFFER_BYTES,
                byte_offsets=[offsets[block]],
            ),
            tf.TensorSpec([], tf.string),
        )
        return records.take(sizes[block]).batch(max_block_size)

    def read(window: tf.Tensor, start: tf.Tensor) -> tf.data.Dataset:
        ids = _blocks_of_window(blocks, seed, window)
        block_sizes = tf.gather(sizes, ids)
        num_records = tf.reduce_sum(block_sizes)

        def in_order(records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            # A shard that ends early would otherwise shift the records.
            tf.debugging.assert_equal(tf.size(records, tf.int64), num_records)
            starts = tf.repeat(tf.cumsum(block_sizes, exclusive=True), block_sizes)
            first_indices = tf.repeat(tf.gather(firsts, ids), block_sizes)
            indices = first_indices + tf.range(num_records) - starts
            order = permutation(num_records, seed, window // blocks.per_epoch, window + 1)[start:]
            return tf.gather(records, order), tf.gather(indices, order)

        records = tf.data.Dataset.from_tensor_slices(ids).interleave(
            read_block,
            cycle_length=_BLOCKS_READ_IN_PARALLEL,
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        # A window whose shards are all empty must not be skipped.
        whole = records.rebatch(blocks.max_window_size)
        return whole.apply(tf.data.experimental.assert_cardinality(1)).map(in_order)

    return read


def record_decoder(keys: RecordKeys, shape: Sequence[int], *, is_16_bit: bool) -> Decode:
    """Return the decoder of serialized records.

    Args:
      keys: how the records are read.
      shape: height, width and channels that every image must have.
      is_16_bit: whether the images have 16 bits, which are rescaled to 8.
    """
    encoded = {keys.image: tf.io.FixedLenFeature([], tf.string)}
    if keys.raw_dtype is None:
        decode_images = image_decoder(shape, is_16_bit=is_16_bit)
        return lambda records: decode_images(tf.io.parse_example(records, encoded)[keys.image])
    sizes = {key: tf.io.FixedLenFeature([], tf.int64) for key in keys.size}

    def decoded(values: tf.Tensor, stored_shape: tf.Tensor) -> tf.Tensor:
        values = tf.io.decode_raw(values, tf.as_dtype(keys.raw_dtype))
        return tf.ensure_shape(tf.reshape(values, stored_shape), shape)

    def decode_raw(records: tf.Tensor) -> tf.Tensor:
        features = tf.io.parse_example(records, encoded | sizes)
        columns = [features[key] for key in keys.size]
        if len(columns) == len(shape) - 1:  # The channels follow from the number of bytes.
            columns.append(tf.fill([records.shape[0]], tf.constant(-1, tf.int64)))
        stored_shapes = tf.unstack(tf.stack(columns, axis=1))
        pairs = zip(tf.unstack(features[keys.image]), stored_shapes, strict=True)
        images = tf.stack([decoded(*pair) for pair in pairs])
        return to_8_bits(images) if is_16_bit else images

    return decode_raw
