"""Checks and label numbering that make the image sets of a study comparable."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from data_tools.errors import InputError
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages, resize_command


def renumbered(images: LabeledImages, class_names: Sequence[str]) -> ImageSet:
    """Return the images with labels that are indices into ``class_names``."""
    label_ids = np.array([list(class_names).index(name) for name in images.class_names], np.int32)
    return ImageSet(images.images, label_ids[images.labels])


def group_indices(groups: Sequence[str | None], images: np.ndarray) -> np.ndarray:
    """Return the index of the group of each image, int [n], by first occurrence.

    Images with equal pixels are of one group too: the second one tells nothing new.

    Args:
      groups: name of each image's group, None for none.
      images: uint8 [n, height, width, channels].
    """
    rows, columns, keys = [], [], {}
    for row, (group, image) in enumerate(zip(groups, images, strict=True)):
        for key in (image.tobytes(), *([] if group is None else [group])):
            rows.append(row)
            columns.append(len(images) + keys.setdefault(key, len(keys)))
    num_nodes = len(images) + len(keys)
    links = sparse.coo_array((np.ones(len(rows)), (rows, columns)), shape=(num_nodes, num_nodes))
    _, components = connected_components(links, directed=False)
    indices: dict[int, int] = {}
    return np.array([indices.setdefault(x, len(indices)) for x in components[: len(images)]])


def refuse_mismatch(real: TrainingImages, images: LabeledImages, flag: str) -> None:
    """Raise an InputError if ``images`` have labels or a shape that ``real`` does not have."""
    for name in images.class_names:
        if name not in real.class_names:
            raise InputError(
                f"{flag} has label '{name}', which --data lacks ({', '.join(real.class_names)})"
            )
    if tuple(images.image_shape) != tuple(real.image_shape):
        expected, actual = ("x".join(map(str, one.image_shape)) for one in (real, images))
        raise InputError(
            f"{flag} has images of {actual} (height, width, channels) but --data of {expected}; "
            f"convert those of {flag} with {resize_command(*real.image_shape)}"
        )


def refuse_identical_sets(sets: Sequence[LabeledImages], flags: Sequence[str]) -> None:
    """Raise an InputError if two synthetic sets are identical: they would count as two GAN runs."""
    fingerprints = [images.fingerprint for images in sets]
    for index, fingerprint in enumerate(fingerprints):
        first = fingerprints.index(fingerprint)
        if first < index:
            raise InputError(
                f"{flags[index]} has the same images as {flags[first]}; give each GAN run once"
            )
