"""The training set of each arm; a new arm is one function here and one line in ARMS."""

from typing import NamedTuple

import numpy as np

from gan_tf.study.design.amounts import oversampled


class Draw(NamedTuple):
    """The images drawn for a replicate, some or all of which each arm uses.

    Attributes:
      real: indices of the real training images.
      synthetic: indices of the synthetic images.
      real_labels: labels of all real training images, into which ``real`` points.
      synthetic_labels: labels of all synthetic images, into which ``synthetic`` points.
      num_classes: K.
      seed: the replicate's seed.
    """

    real: np.ndarray
    synthetic: np.ndarray
    real_labels: np.ndarray
    synthetic_labels: np.ndarray
    num_classes: int
    seed: int

    def real_counts(self) -> np.ndarray:
        """Return the number of real images of each class, int64 [K]."""
        return np.bincount(self.real_labels[self.real], minlength=self.num_classes)

    def counts(self) -> np.ndarray:
        """Return the number of images of each class, real and synthetic, int64 [K]."""
        synthetic = self.synthetic_labels[self.synthetic]
        return self.real_counts() + np.bincount(synthetic, minlength=self.num_classes)


class TrainingSet(NamedTuple):
    """What a classifier trains on.

    Attributes:
      real: indices of real images; an index may occur more than once.
      synthetic: indices of synthetic images.
      class_weights: float32 [K] weight of an example by its class, or None.
      augmented: True if every training batch is augmented.
    """

    real: np.ndarray
    synthetic: np.ndarray
    class_weights: np.ndarray | None = None
    augmented: bool = False

    def __len__(self) -> int:
        return len(self.real) + len(self.synthetic)


NO_IMAGES = np.array([], np.int64)


def real(draw: Draw) -> TrainingSet:
    """Return real images only: the baseline."""
    return TrainingSet(draw.real, NO_IMAGES)


def synthetic(draw: Draw) -> TrainingSet:
    """Return synthetic images only; the accuracy is the classification accuracy score."""
    return TrainingSet(NO_IMAGES, draw.synthetic)


def mixed(draw: Draw) -> TrainingSet:
    """Return real and synthetic images together."""
    return TrainingSet(draw.real, draw.synthetic)


def augmented(draw: Draw) -> TrainingSet:
    """Return real images with classical augmentation, a control."""
    return TrainingSet(draw.real, NO_IMAGES, augmented=True)


def oversampled_real(draw: Draw) -> TrainingSet:
    """Return real images, repeated until each class is as large as in ``mixed``, a control."""
    return TrainingSet(
        oversampled(draw.real, draw.real_labels, draw.counts(), draw.seed), NO_IMAGES
    )


def class_weighted(draw: Draw) -> TrainingSet:
    """Return real images with the same total weight per class and mean weight 1, a control."""
    counts = draw.real_counts()
    weights = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return TrainingSet(draw.real, NO_IMAGES, class_weights=weights.astype(np.float32))
