"""Which labels a conditional family is asked for in training."""

from collections.abc import Sequence

import numpy as np

from data_tools.errors import InputError

FEW_IMAGES = 100


def label_probabilities(law: str, temper: float, class_counts: Sequence[int]) -> np.ndarray | None:
    """Probabilities of fake labels, float32 [num_classes]; None where they follow the real batch.

    >>> label_probabilities("tempered", 0.5, [900, 100])
    array([0.75, 0.25], dtype=float32)

    Args:
      law: a name in ``gan_tf.gans.LABEL_DISTRIBUTIONS``: ``real``; ``uniform``, every class that
        has images as often; ``tempered``, class k with n_k images in proportion to n_k ** temper.
      temper: 0 is uniform, 1 the shares of the real images.
      class_counts: images of each class.

    Raises:
      InputError: an unknown law.
    """
    if law == "real":
        return None
    powers = {"uniform": 0.0, "tempered": temper}
    if law not in powers:
        raise InputError(f"--label_distribution={law} is not one of real, {', '.join(powers)}")
    counts = np.asarray(class_counts, np.float64)
    shares = np.where(counts > 0, np.maximum(counts, 1) ** powers[law], 0.0)
    return (shares / shares.sum()).astype(np.float32)


def few_images_cautions(class_names: Sequence[str], class_counts: Sequence[int]) -> list[str]:
    """A sentence about the classes of which there are too few images to learn from, if any."""
    few = [
        f"'{name}' ({count})"
        for name, count in zip(class_names, class_counts, strict=True)
        if count < FEW_IMAGES
    ]
    if not few:
        return []
    return [
        f"fewer than {FEW_IMAGES} images of {', '.join(few)}: a GAN learns so small a class badly "
        "or by heart; add images or merge classes, and look for copies with gan_tf.evaluate"
    ]
