"""The images of a study, how its classifiers are trained, and what each run trains on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data_tools.formats.images import bytes_sha256
from gan_tf.classifiers.recipe import CLASSIFIERS
from gan_tf.study.design.amounts import nested_choice, real_counts, synthetic_counts
from gan_tf.study.design.arms import ARMS, Draw, TrainingSet
from gan_tf.study.design.cells import Run

DEFAULT_EPOCHS = 10
FEWEST_DEFAULT_STEPS = 1000


class ImageSet(NamedTuple):
    """Images in memory: uint8 [n, height, width, channels], labels int32 [n]."""

    images: np.ndarray
    labels: np.ndarray


class StudyData(NamedTuple):
    """All images of a study, in one label numbering.

    Attributes:
      real: training images.
      synthetic: one set a GAN run.
      test: real test images.
      class_names: K labels.
      validation: real images that choose when a run has learned enough, or None.
    """

    real: ImageSet
    synthetic: Sequence[ImageSet]
    test: ImageSet
    class_names: Sequence[str]
    validation: ImageSet | None = None


@dataclass(frozen=True)
class Settings:
    """How the classifiers of a study are trained.

    Attributes:
      classifier: name in CLASSIFIERS.
      steps: optimizer steps of every run; None to count in epochs.
      epochs: passes over the run's own training set. With neither, ``with_steps`` finds steps.
      batch_size: examples a step.
      augment: names in AUGMENTATIONS that the augmented arm uses.
      kept_shares: share 0..1 of the real training images of a class that is kept, by label.
      num_curve_points: points of the learning curves.
      patience: points of the curve without a better validation accuracy that end a run, whose
        best point then counts; used where there are validation images, but see ``stops_early``.
      weights: file of pretrained weights, for classifiers that take them; None for random ones.
    """

    classifier: str = "lenet"
    steps: int | None = None
    epochs: int | None = None
    batch_size: int = 64
    augment: tuple[str, ...] = ("shift", "rotation", "color")
    kept_shares: Mapping[str, float] = field(default_factory=dict)
    num_curve_points: int = 10
    patience: int = 5
    weights: str | None = None

    @property
    def stops_early(self) -> bool:
        """Whether patience may end a run: not before the rate of a one-cycle has annealed.

        The best point by validation counts in either case.
        """
        return not CLASSIFIERS[self.classifier].is_one_cycle

    def num_steps(self, num_images: int) -> int:
        """Steps of a run with so many training images."""
        if self.steps is not None:
            return self.steps
        return math.ceil(self.epochs * num_images / self.batch_size)

    def card(self) -> dict[str, Any]:
        """The settings as JSON; the file of weights by its name and hash, not its place.

        A patience that has no effect is None.
        """
        weights = None
        if self.weights is not None:
            sha256 = bytes_sha256(Path(self.weights).read_bytes())
            weights = f"{Path(self.weights).name} {sha256}"
        patience = self.patience if self.stops_early else None
        return asdict(self) | {"weights": weights, "patience": patience}

    def with_steps(self, largest_set: int) -> "Settings":
        """These settings; with neither steps nor epochs, ten epochs of the largest training set.

        At least 1000 steps, so that a small set is not left untrained.
        """
        if self.steps is not None or self.epochs is not None:
            return self
        steps = math.ceil(DEFAULT_EPOCHS * largest_set / self.batch_size)
        return replace(self, steps=max(FEWEST_DEFAULT_STEPS, steps))


def training_set(run: Run, data: StudyData, settings: Settings) -> TrainingSet:
    """What the run trains on.

    Raises:
      InputError: a class has fewer images than the cell asks for.
    """
    cell, synthetic, names = run.cell, data.synthetic[run.gan_run], data.class_names
    counts = real_counts(data.real.labels, names, cell.real_per_class, settings.kept_shares)
    chosen = np.array([], np.int64)
    if cell.amount is not None:
        available = np.bincount(synthetic.labels, minlength=len(names))
        wanted = synthetic_counts(cell.amount, counts, available, names)
        chosen = nested_choice(synthetic.labels, wanted, run.seed, "synthetic")
    draw = Draw(
        real=nested_choice(data.real.labels, counts, run.seed, "real"),
        synthetic=chosen,
        real_labels=data.real.labels,
        synthetic_labels=synthetic.labels,
        num_classes=len(names),
        seed=run.seed,
    )
    return ARMS[cell.arm].training_set(draw)
