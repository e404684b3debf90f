"""The distribution of the labels of fake images in training."""

from collections.abc import Sequence

import numpy as np

from data_tools.errors import InputError

FEW_IMAGES = 100


def label_probabilities(
    distribution: str, exponent: float, class_counts: Sequence[int]
) -> np.ndarray | None:
    """Return probabilities of fake labels, float32 [num_classes]; None for those of the real batch.

    >>> label_probabilities("tempered", 0.5, [900, 100])
    array([0.75, 0.25], dtype=float32)

    Args:
      distribution: a name in ``gan_tf.gans.options.LABEL_DISTRIBUTIONS``: ``real``, the labels of
        the real batch; ``uniform`` over the classes that have images; ``tempered``, class k with
        n_k images in proportion to n_k ** exponent.
      exponent: 0 is uniform, 1 the shares of the real images.
      class_counts: number of images of each class.

    Raises:
      InputError: if the distribution is unknown.
    """
    if distribution == "real":
        return None
    exponents = {"uniform": 0.0, "tempered": exponent}
    if distribution not in exponents:
        raise InputError(
            f"--label_distribution={distribution} is not one of real, {', '.join(exponents)}"
        )
    counts = np.asarray(class_counts, np.float64)
    shares = np.where(counts > 0, np.maximum(counts, 1) ** exponents[distribution], 0.0)
    return (shares / shares.sum()).astype(np.float32)


def few_images_cautions(class_names: Sequence[str], class_counts: Sequence[int]) -> list[str]:
    """Return a caution that names the classes with too few images to learn from, if any."""
    small_classes = [
        f"'{name}' ({count})"
        for name, count in zip(class_names, class_counts, strict=True)
        if count < FEW_IMAGES
    ]
    if not small_classes:
        return []
    return [
        f"fewer than {FEW_IMAGES} images of {', '.join(small_classes)}: a GAN underfits or "
        "memorizes so small a class; add images or merge classes, and look for copies with "
        "gan_tf.evaluate"
    ]
