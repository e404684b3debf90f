"""Batches of images in files, read natively."""

import os
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from gan_tf.inputs.encoded import Decode
from gan_tf.inputs.memory import lookup
from gan_tf.inputs.order import index_batches
from gan_tf.inputs.pipeline import finished
from gan_tf.inputs.share import WHOLE, Share


def file_batches(
    paths: Sequence[str],
    labels: np.ndarray,
    decode: Decode,
    batch_size: int,
    seed: int,
    first_batch: int = 0,
    share: Share = WHOLE,
) -> tf.data.Dataset:
    """Return the endless batches of images in files, each of which is opened once per epoch.

    Args:
      paths: path of every image.
      labels: int32 [num_images].
      decode: see ``gan_tf.inputs.encoded.image_decoder``.
      batch_size, seed, first_batch, share: see ``index_batches``.

    Returns:
      ``image`` uint8 [batch_size / share.count, height, width, channels] and ``label`` int32.
    """
    path_table, label_of = tf.constant([*map(os.fsencode, paths)]), lookup(labels)

    def examples(indices: tf.Tensor) -> dict[str, tf.Tensor]:
        files = tf.unstack(tf.gather(path_table, indices))
        images = decode(tf.stack([tf.io.read_file(file) for file in files]))
        return {"image": images, "label": label_of(indices)}

    indices = index_batches(len(paths), batch_size, seed, first_batch, share)
    return finished(indices.map(examples, num_parallel_calls=tf.data.AUTOTUNE))
