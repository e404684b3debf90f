"""The order of training images in memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tf.inputs.batches import Batches


def batches(num_images, batch_size, seed=0):
    images = np.arange(num_images, dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Batches(images, np.arange(num_images, dtype=np.int32) * 10, batch_size, seed)


@given(num_images=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 2**32))
def test_every_epoch_is_a_permutation(num_images, batch_size, seed):
    feed = batches(num_images, batch_size, seed)
    num_batches = -(-3 * num_images // batch_size)
    stream = np.concatenate([feed.indices(i) for i in range(num_batches)])
    for epoch in range(3):
        part = stream[epoch * num_images : (epoch + 1) * num_images]
        assert sorted(part) == list(range(num_images))


@given(first=st.integers(0, 100), second=st.integers(0, 100))
def test_a_batch_does_not_depend_on_earlier_reads(first, second):
    read, again = batches(7, 3), batches(7, 3)
    read.indices(first)
    np.testing.assert_array_equal(read.indices(second), again.indices(second))


def test_images_keep_their_labels():
    batch = batches(30, 8)(5)
    assert (batch["image"].dtype, batch["label"].dtype) == (np.uint8, np.int32)
    np.testing.assert_array_equal(batch["image"].ravel().astype(int) * 10, batch["label"])


@pytest.mark.parametrize("other", [{"seed": 1}, {"batch": 4}])
def test_the_order_depends_on_seed_and_epoch(other):
    # Four batches of 25 are an epoch of 100 images: batch 4 is the first of the second.
    first = batches(100, 25).indices(0)
    assert list(first) != list(
        batches(100, 25, other.get("seed", 0)).indices(other.get("batch", 0))
    )
