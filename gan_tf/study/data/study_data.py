"""The images of a study, and what each replicate trains on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gan_tf.classifiers.image_set import ImageSet, SelectedImages
from gan_tf.study.design.amounts import nested_choice, real_counts, synthetic_counts
from gan_tf.study.design.arms import ARMS
from gan_tf.study.design.cells import Replicate
from gan_tf.study.design.training_sets import Draw, TrainingSet


class StudyData(NamedTuple):
    """All images of a study, in one label numbering.

    Attributes:
      real: training images.
      synthetic: one set per GAN run.
      test: real test images.
      class_names: K labels.
      validation: real images for early stopping and for selecting the best point, or None.
    """

    real: ImageSet
    synthetic: Sequence[ImageSet]
    test: ImageSet
    class_names: Sequence[str]
    validation: ImageSet | None = None

    def training_set(self, replicate: Replicate, kept_shares: Mapping[str, float]) -> TrainingSet:
        """Return what the replicate trains on.

        Args:
          replicate: its cell, seed and GAN run.
          kept_shares: see ``real_counts``.

        Raises:
          InputError: a class has fewer images than the cell asks for.
        """
        cell, names = replicate.cell, self.class_names
        real, synthetic = self.real.labels, self.synthetic[replicate.gan_run].labels
        counts = real_counts(real, names, cell.real_images_per_class, kept_shares)
        drawn = np.array([], np.int64)
        if cell.amount is not None:
            available = np.bincount(synthetic, minlength=len(names))
            num_synthetic = synthetic_counts(cell.amount, counts, available, names)
            drawn = nested_choice(synthetic, num_synthetic, replicate.seed, "synthetic")
        draw = Draw(
            real=nested_choice(real, counts, replicate.seed, "real"),
            synthetic=drawn,
            real_labels=real,
            synthetic_labels=synthetic,
            num_classes=len(names),
            seed=replicate.seed,
        )
        return ARMS[cell.arm].training_set(draw)

    def selected_images(self, training_set: TrainingSet, gan_run: int) -> ImageSet:
        """Return the images of a training set, the real ones first.

        Args:
          training_set: what the replicate trains on.
          gan_run: index of the synthetic set that it draws from.
        """
        synthetic = self.synthetic[gan_run]
        images = SelectedImages(
            [(self.real.images, training_set.real), (synthetic.images, training_set.synthetic)]
        )
        labels = [self.real.labels[training_set.real], synthetic.labels[training_set.synthetic]]
        return ImageSet(images, np.concatenate(labels))
