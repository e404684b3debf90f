"""Batches of examples in memory, which share the memory of their arrays."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.inputs.alignment import aligned_empty, is_aligned
from gan_tf.inputs.images import load_images
from gan_tf.inputs.memory import as_tensor, example_batches, lookup
from gan_tf.inputs.order import index_batches


def test_a_batch_has_the_rows_of_its_indices():
    squares = np.arange(9) ** 2
    batches = example_batches({"square": lookup(squares)}, 9, 4, seed=2)
    assert batches.element_spec == {"square": tf.TensorSpec([4], tf.int64)}
    pairs = zip(batches, index_batches(9, 4, seed=2), strict=False)
    for batch, indices in itertools.islice(pairs, 5):
        np.testing.assert_array_equal(batch["square"], indices.numpy() ** 2)


def test_images_keep_their_labels_and_have_static_shapes():
    images = load_images("sklearn:digits")
    dataset = images.dataset(64, seed=0)
    assert dataset.element_spec == {
        "image": tf.TensorSpec([64, 28, 28, 1], tf.uint8),
        "label": tf.TensorSpec([64], tf.int32),
    }
    # No two digits have the same pixels and different labels.
    label_of = {
        image.tobytes(): label for image, label in zip(images.images, images.labels, strict=True)
    }
    for batch in dataset.take(3):
        labels = [label_of[image.tobytes()] for image in batch["image"].numpy()]
        np.testing.assert_array_equal(batch["label"], labels)


@pytest.mark.parametrize(
    ("array", "shares"),
    [
        (aligned_empty((3, 5)), True),
        (aligned_empty((3, 5))[:, :4], False),
        (aligned_empty((64, 2)).reshape(-1)[1:], False),
        (aligned_empty((0, 5)), False),
    ],
)
def test_an_aligned_array_shares_its_memory(array, shares):
    array[...] = 1
    tensor = as_tensor(array)
    np.testing.assert_array_equal(tensor, array)
    array[...] = 2
    assert bool((tensor.numpy() == 2).all()) == shares or not array.size


def test_a_mapped_file_shares_its_memory(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(1000, dtype=np.uint8).reshape(10, 100))
    private = np.load(tmp_path / "x.npy", mmap_mode="c")
    tensor = as_tensor(private)
    private[0] = 9
    np.testing.assert_array_equal(tensor[0], np.full(100, 9))
    assert np.load(tmp_path / "x.npy")[0, 1] == 1
    read_only = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(as_tensor(read_only), read_only)


def test_decoded_images_are_aligned_and_used_without_a_copy():
    images = load_images("sklearn:digits")
    assert is_aligned(images.images)
    dataset = images.dataset(1797, seed=0)
    images.images[:] = 77
    np.testing.assert_array_equal(next(iter(dataset))["image"], 77)
