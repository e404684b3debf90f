"""Functions of images in padded batches of one size."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.training.batched_function import BatchedFunction

IMAGES = np.arange(7 * 4, dtype=np.uint8).reshape(7, 2, 2, 1)


def test_every_batch_has_the_same_size_and_padding_is_dropped():
    sizes = []

    def sums(images):
        sizes.append(images.shape)
        return tf.reduce_sum(tf.cast(images, tf.float32), axis=[1, 2, 3])

    function = BatchedFunction(sums, batch_size=3)
    # Image i holds 4 i .. 4 i + 3, whose sum is 16 i + 6.
    np.testing.assert_array_equal(function(IMAGES), [6, 22, 38, 54, 70, 86, 102])
    assert [len(batch) for batch in function.batches(IMAGES)] == [3, 3, 1]
    assert sizes == [(3, 2, 2, 1)]  # Traced once.


def test_images_are_read_one_batch_at_a_time():
    images = iter(IMAGES)
    batches = BatchedFunction(lambda images: images, batch_size=3).batches(images)
    np.testing.assert_array_equal(next(batches), IMAGES[:3])
    np.testing.assert_array_equal(next(images), IMAGES[3])


def test_no_images_yield_no_batches_and_cannot_be_concatenated():
    function = BatchedFunction(lambda images: images, batch_size=3)
    assert list(function.batches([])) == []
    with pytest.raises(ValueError, match="at least one array"):
        function([])
