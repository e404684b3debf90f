"""Training batches, in which training sets of one seed show their common images in one order."""

import numpy as np
import tensorflow as tf

from gan_tf.classifiers.image_set import ImageSet, SelectedImages
from gan_tf.inputs.memory import Lookup, as_tensor, example_batches, lookup


def training_dataset(
    images: ImageSet,
    batch_size: int,
    seed: int,
    *,
    first_batch: int = 0,
    class_weights: np.ndarray | None = None,
) -> tf.data.Dataset:
    """Return the endless batches of a training set.

    Two training sets that start with the same images show these in the same order, however many
    others follow; see ``gan_tf.inputs.order``.

    Args:
      images: the training set.
      batch_size: number of examples per batch.
      seed: seed of the order.
      first_batch: number of batches to leave out at the start.
      class_weights: float32 [K] weight of an example by its class, or None.

    Returns:
      ``image`` uint8 [batch_size, height, width, channels], ``label`` int32 and, with class
      weights, ``weight`` float32.
    """
    lookups = {"image": _image_lookup(images.images), "label": lookup(images.labels)}
    if class_weights is not None:
        lookups["weight"] = lookup(class_weights[images.labels])
    return example_batches(lookups, len(images.labels), batch_size, seed, first_batch)


def _image_lookup(images: np.ndarray | SelectedImages) -> Lookup:
    if isinstance(images, np.ndarray):
        return lookup(images)
    arrays = [as_tensor(array) for array in images.arrays]
    rows, array_numbers = as_tensor(images.rows), as_tensor(images.array_numbers)

    def selected(indices: tf.Tensor) -> tf.Tensor:
        numbers = tf.gather(array_numbers, indices)
        places = [tf.where(numbers == number)[:, 0] for number in range(len(arrays))]
        parts = [
            tf.gather(array, tf.gather(rows, tf.gather(indices, place)))
            for array, place in zip(arrays, places, strict=True)
        ]
        batch = tf.dynamic_stitch([tf.cast(place, tf.int32) for place in places], parts)
        return tf.ensure_shape(batch, [indices.shape[0], *images.shape[1:]])

    return selected
