"""Metrics between samples of a run's current weights and its training images."""

from collections.abc import Sequence

import numpy as np

from data_tools.errors import InputError
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.metrics.compute import build_comparison, comparison_indices
from gan_tf.runs.sample_grid import SampleGrid
from gan_tf.training.noise import derived_seed


class SampleMetrics:
    """Metrics of samples from fixed noise, so that values of different steps are comparable.

    There are as many samples as real images, of each class and in total.

    Args:
      names: names of metrics in ``IMAGE_METRICS``.
      sample_grid: makes the samples.
      images: the training images.
      num_images: maximum number of real images.
      seed: the run seed; determines the draw of real images and the training of extractors.

    Raises:
      InputError: fewer than two training images would be compared.
    """

    def __init__(
        self,
        names: Sequence[str],
        sample_grid: SampleGrid,
        images: TrainingImages,
        num_images: int,
        seed: int,
    ):
        seed = derived_seed(seed, "metrics")
        indices = comparison_indices(len(images.labels), num_images, names, seed)
        compared = indices[0]
        if len(compared) < 2:
            raise InputError(
                f"--metrics can compare {len(compared)} of {len(images.labels)} training images, "
                "but needs 2 or more; add images or leave out --metrics"
            )
        self.names = tuple(names)
        self._comparison = build_comparison(
            names, indices, images.pixels, images.labels, len(images.class_names), seed
        )
        self._labels = images.labels[compared]
        self._sample_grid = sample_grid

    def __call__(self) -> dict[str, float]:
        """Return every metric of samples of the current weights, by name."""
        return self._comparison(self._sample_grid.images(np.asarray(self._labels)))
