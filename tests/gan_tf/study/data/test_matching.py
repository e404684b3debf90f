import numpy as np

from gan_tf.inputs.images import LabeledImages
from gan_tf.study.analysis.results import set_summary
from gan_tf.study.data.matching import group_indices, renumbered


def test_images_without_a_group_are_their_own_groups():
    groups = ["b", None, "a", "b", None, "1"]
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1)
    assert group_indices(groups, images).tolist() == [0, 1, 2, 0, 3, 4]


def test_equal_images_are_of_one_group_and_join_their_groups():
    groups = ["a", None, None, "b", "b", "c"]
    # Images 0 and 4 are equal, so are 1 and 2: a and b become one group.
    images = np.array([7, 1, 1, 5, 7, 3], np.uint8).reshape(6, 1, 1, 1)
    assert group_indices(groups, images).tolist() == [0, 1, 1, 0, 0, 2]


def test_labels_are_renumbered_as_in_the_real_data():
    """Images keep their class name even if a set has its classes in another order or lacks some."""
    images = np.zeros((3, 1, 1, 1), np.uint8)
    other = LabeledImages(images, np.array([0, 1, 1]), ("dog", "ant"), "x", "f", ())
    assert renumbered(other, ("ant", "cat", "dog")).labels.tolist() == [2, 0, 0]
    assert set_summary(other, ("ant", "cat", "dog"))["counts"] == [2, 0, 1]
