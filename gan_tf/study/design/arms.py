"""What an arm trains on. ARMS is the table of them; a new arm is one function and one line."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gan_tf.study.design.amounts import oversampled


class Draw(NamedTuple):
    """What a replicate drew, from which each arm takes its part.

    Attributes:
      real: indices of the real training images.
      synthetic: indices of the synthetic images.
      real_labels: labels of all real training images (``real`` points into it).
      synthetic_labels: likewise of all synthetic ones.
      num_classes: number of classes.
      seed: the replicate's seed.
    """

    real: np.ndarray
    synthetic: np.ndarray
    real_labels: np.ndarray
    synthetic_labels: np.ndarray
    num_classes: int
    seed: int

    def counts(self, *, synthetic: bool = True) -> np.ndarray:
        """Images of each class among what was drawn, or the real ones alone, int64 [K]."""
        counts = np.bincount(self.real_labels[self.real], minlength=self.num_classes)
        if synthetic:
            found = self.synthetic_labels[self.synthetic]
            counts += np.bincount(found, minlength=self.num_classes)
        return counts


class TrainingSet(NamedTuple):
    """What a classifier trains on.

    Attributes:
      real: indices of real images; an index may occur more than once.
      synthetic: indices of synthetic images.
      class_weights: float32 [K] weight of an example by its class, or None.
      augmented: True where every training batch is shifted, rotated and recolored.
    """

    real: np.ndarray
    synthetic: np.ndarray
    class_weights: np.ndarray | None = None
    augmented: bool = False

    def __len__(self) -> int:
        return len(self.real) + len(self.synthetic)


NONE = np.array([], np.int64)


def real(draw: Draw) -> TrainingSet:
    """Real images alone: the baseline."""
    return TrainingSet(draw.real, NONE)


def synthetic(draw: Draw) -> TrainingSet:
    """Synthetic images alone; the accuracy on real ones is the classification accuracy score."""
    return TrainingSet(NONE, draw.synthetic)


def mixed(draw: Draw) -> TrainingSet:
    """Real and synthetic images together."""
    return TrainingSet(draw.real, draw.synthetic)


def augmented(draw: Draw) -> TrainingSet:
    """Control: real images, classically augmented."""
    return TrainingSet(draw.real, NONE, augmented=True)


def oversampled_real(draw: Draw) -> TrainingSet:
    """Control: real images repeated until each class is as large as in ``mixed``."""
    return TrainingSet(oversampled(draw.real, draw.real_labels, draw.counts(), draw.seed), NONE)


def class_weighted(draw: Draw) -> TrainingSet:
    """Control: real images, each class with the same total weight; mean weight 1."""
    counts = draw.counts(synthetic=False)
    present = np.maximum(counts, 1)
    weights = counts.sum() / (np.count_nonzero(counts) * present)
    return TrainingSet(draw.real, NONE, class_weights=weights.astype(np.float32))


class Arm(NamedTuple):
    """An entry of ARMS.

    Attributes:
      training_set: from what was drawn to what is trained on.
      title: what it is called in tables.
      uses_real: False where the training set has no real image.
      uses_amount: True where the number of synthetic images makes a difference.
      is_control: True where no synthetic image is used and it is not the baseline.
    """

    training_set: Callable[[Draw], TrainingSet]
    title: str
    uses_real: bool
    uses_amount: bool
    is_control: bool


ARMS = {
    "real": Arm(real, "real", True, False, False),
    "synthetic": Arm(synthetic, "synthetic only", False, True, False),
    "mixed": Arm(mixed, "real + synthetic", True, True, False),
    "augmented": Arm(augmented, "real, augmented", True, False, True),
    "oversampled": Arm(oversampled_real, "real, oversampled", True, True, True),
    "class_weighted": Arm(class_weighted, "real, class-weighted", True, False, True),
}

BASELINE = "real"
