"""Checks and label numbering that make the image sets of a study comparable."""

from collections.abc import Sequence

import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages, resize_command


def renumbered(images: LabeledImages, class_names: Sequence[str]) -> ImageSet:
    """Return the images with labels that are indices into ``class_names``."""
    label_ids = np.array([list(class_names).index(name) for name in images.class_names], np.int32)
    return ImageSet(images.images, label_ids[images.labels])


def group_indices(groups: Sequence[str | None]) -> np.ndarray:
    """Return the index of each group by first occurrence; an image without one is its own group.

    >>> group_indices(["lesion_1", None, "lesion_1", None])
    array([0, 1, 0, 2])
    """
    indices: dict[str | int, int] = {}
    keys = [position if group is None else group for position, group in enumerate(groups)]
    return np.array([indices.setdefault(key, len(indices)) for key in keys], np.int64)


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
