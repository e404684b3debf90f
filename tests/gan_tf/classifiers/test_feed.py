import numpy as np
import pytest
import tensorflow as tf

from gan_tf.classifiers.feed import training_dataset
from gan_tf.classifiers.image_set import ImageSet, SelectedImages

#: All pixels of real image i are i, those of synthetic image j are 100 + j.
REAL = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
SYNTHETIC = (100 + np.arange(30, dtype=np.uint8)).reshape(30, 1, 1, 1)
REAL_LABELS = np.arange(10, dtype=np.int32) % 2
SYNTHETIC_LABELS = np.arange(30, dtype=np.int32) % 2


def dataset(real, synthetic, seed=0, batch_size=4, **more):
    real, synthetic = np.array(real, int), np.array(synthetic, int)
    images = SelectedImages([(REAL, real), (SYNTHETIC, synthetic)])
    labels = np.concatenate([REAL_LABELS[real], SYNTHETIC_LABELS[synthetic]])
    return training_dataset(ImageSet(images, labels), batch_size, seed, **more)


def first(batches):
    return next(batches.as_numpy_iterator())


def pixels(batches, num_batches):
    return np.concatenate([batch["image"].numpy().ravel() for batch in batches.take(num_batches)])


def test_every_epoch_has_every_image_once_across_batch_boundaries():
    shown = pixels(dataset(range(10), range(5), batch_size=4), 15)
    for epoch in shown.reshape(4, 15):
        assert sorted(epoch) == [*range(10), *range(100, 105)]
    assert len({tuple(epoch) for epoch in shown.reshape(4, 15)}) == 4


def test_labels_follow_their_images():
    batches = dataset(range(10), range(5), batch_size=15)
    assert batches.element_spec == {
        "image": tf.TensorSpec([15, 1, 1, 1], tf.uint8),
        "label": tf.TensorSpec([15], tf.int32),
    }
    batch = first(batches)
    np.testing.assert_array_equal(batch["label"], batch["image"].ravel() % 100 % 2)


def test_an_array_and_a_selection_of_all_of_it_give_the_same_batches():
    array = training_dataset(ImageSet(REAL, REAL_LABELS), 4, seed=3)
    np.testing.assert_array_equal(pixels(array, 5), pixels(dataset(range(10), [], seed=3), 5))


def test_a_batch_larger_than_the_set_wraps_around():
    assert sorted(pixels(dataset([0, 1, 2], [], batch_size=7), 1)[:6]) == [0, 0, 1, 1, 2, 2]


def test_training_sets_of_one_seed_show_shared_images_in_the_same_order():
    alone = pixels(dataset(range(10), [], batch_size=10), 1)
    mixed = pixels(dataset(range(10), range(30), batch_size=40), 1)
    np.testing.assert_array_equal(mixed[mixed < 100], alone)
    other = pixels(dataset(range(10), [], seed=1, batch_size=10), 1)
    assert not np.array_equal(other, alone)


def test_any_batch_can_be_the_first():
    expected = pixels(dataset(range(10), range(5)), 8).reshape(8, 4)
    for start in (7, 3):
        again = pixels(dataset(range(10), range(5), first_batch=start), 8 - start)
        np.testing.assert_array_equal(again.reshape(-1, 4), expected[start:])


def test_class_weights_become_weights_of_examples():
    batch = first(dataset(range(10), [], class_weights=np.array([0.5, 1.5], np.float32)))
    np.testing.assert_allclose(batch["weight"], 0.5 + batch["label"])
    assert "weight" not in first(dataset(range(10), []))


@pytest.mark.parametrize("batch_size", [1, 64])
def test_repeated_indices_are_shown_as_often_as_they_occur(batch_size):
    batches = dataset([3, 3, 5], [], batch_size=batch_size)
    counts = np.bincount(pixels(batches, 192 // batch_size))
    assert counts[3] == 2 * counts[5]
