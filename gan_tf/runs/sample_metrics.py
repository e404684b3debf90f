"""Metrics between samples of a run's current weights and real images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from gan_tf.classifiers.features import refuse_channels
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.classifiers.fitting import fit
from gan_tf.classifiers.image_set import ImageSet
from gan_tf.classifiers.recipe import refuse_images
from gan_tf.classifiers.weights import NO_WEIGHTS, weights_file
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.metrics import EXTRACTORS, METRICS, PRETRAINED_METRICS, TRANSFER_METRICS
from gan_tf.metrics.compute import (
    ExtractorOptions,
    ImageComparison,
    LearningImages,
    build_comparison,
    comparison_indices,
)
from gan_tf.runs.sample_grid import SampleGrid
from gan_tf.training.noise import derived_seed

#: A classifier that is trained on samples sees each of them six times.
TRANSFER_SAMPLES, TRANSFER_STEPS = 6400, 600
#: Extractors learn from at most so many training images if there are validation images.
MAX_LEARNING_IMAGES = 10_000


class SampleMetrics:
    """Metrics of samples from fixed noise, so that values of different steps are comparable.

    There are as many samples as real images, of each class and in total; a classifier that learns
    from samples gets ``TRANSFER_SAMPLES``, equally many of each class.

    Args:
      names: names of metrics, see ``LogOptions.metrics``.
      sample_grid: makes the samples.
      images: the training images.
      num_images: maximum number of real images to compare with.
      seed: the run seed; determines the draw of real images and the training of classifiers.
      validation: real images that are not trained on, with the classes of the training images; None
        to compare with training images.
      weights: see ``LogOptions``.

    Raises:
      InputError: fewer than two real images would be compared, a classifier does not take them, or
        a metric needs validation images or weights.
    """

    def __init__(
        self,
        names: Sequence[str],
        sample_grid: SampleGrid,
        images: TrainingImages,
        num_images: int,
        seed: int,
        validation: LabeledImages | None = None,
        weights: str = NO_WEIGHTS,
    ):
        self.names = tuple(names)
        self._seed = derived_seed(seed, "metrics")
        self._sample_grid = sample_grid
        self._validation = validation
        self._num_classes = len(images.class_names)
        transfer = [name for name in names if name in TRANSFER_METRICS]
        compared = [name for name in names if name not in TRANSFER_METRICS]
        self._transfer = {name: METRICS[name].classifier for name in transfer}
        if transfer and validation is None:
            raise InputError(
                f"--metrics={transfer[0]} tests a classifier and needs --validation_data, images "
                "that are not trained on; `data_tools convert --op=split_dataset` sets some apart"
            )
        for classifier in self._transfer.values():
            refuse_images(classifier, images.image_shape)
        self._options = ExtractorOptions(
            weights=_weights(compared, weights, images), seed=self._seed % 2**32
        )
        self._comparison = None
        if compared:
            compare = self._with_training_images
            if validation is not None:
                compare = self._with_validation_images
            self._comparison, self._labels = compare(compared, images, num_images)

    def __call__(self) -> dict[str, float]:
        """Return every metric of samples of the current weights, by name."""
        values = {}
        if self._comparison:
            values |= self._comparison(self._sample_grid.images(np.asarray(self._labels)))
        if self._transfer:
            values |= self._transfer_values()
        return {name: values[name] for name in self.names}

    def _transfer_values(self) -> dict[str, float]:
        """Train a classifier of each kind on samples and score it on the validation images."""
        labels = np.arange(TRANSFER_SAMPLES, dtype=np.int32) % self._num_classes
        labels.sort()  # Samples are in the order of labels.
        samples = ImageSet(self._sample_grid.images(labels), labels)
        values = {}
        for name, classifier in self._transfer.items():
            fitted = fit(
                samples,
                FitOptions(classifier, steps=TRANSFER_STEPS),
                num_classes=self._num_classes,
                seed=self._seed % 2**32,
            )
            probabilities = fitted.predict(self._validation.images)
            values[name] = METRICS[name].function(self._validation.labels, probabilities)
        return values

    def _with_training_images(
        self, names: Sequence[str], images: TrainingImages, num_images: int
    ) -> tuple[ImageComparison, np.ndarray]:
        """Return the comparison with training images, and their labels."""
        indices = comparison_indices(len(images.labels), num_images, names, self._seed)
        compared = indices[0]
        if len(compared) < 2:
            raise InputError(
                f"--metrics can compare {len(compared)} of {len(images.labels)} training images, "
                "but needs 2 or more; add images or leave out --metrics"
            )
        comparison = build_comparison(
            names, indices, images.pixels, images.labels, self._num_classes, self._options
        )
        return comparison, images.labels[compared]

    def _with_validation_images(
        self, names: Sequence[str], images: TrainingImages, num_images: int
    ) -> tuple[ImageComparison, np.ndarray]:
        """Return the comparison with validation images, and their labels."""
        random = np.random.default_rng(self._seed)
        compared = random.permutation(len(self._validation.labels))[:num_images]
        if len(compared) < 2:
            raise InputError("--validation_data has 1 image, but --metrics compares 2 or more")
        learning = None
        if any(EXTRACTORS[METRICS[name].extractor].is_trained for name in names):
            drawn = random.permutation(len(images.labels))[:MAX_LEARNING_IMAGES]
            learning = LearningImages(images.pixels(drawn), images.labels[drawn], self._num_classes)
        comparison = ImageComparison(
            names, self._validation.images[compared], learning, self._options
        )
        return comparison, self._validation.labels[compared]


def _weights(names: Sequence[str], weights: str, images: TrainingImages) -> Path | None:
    """Return the file of weights that metrics need; None if they need none."""
    pretrained = [name for name in names if name in PRETRAINED_METRICS]
    if not pretrained:
        return None
    flag = f"--metrics={pretrained[0]}"
    refuse_channels(flag, images.image_shape[-1])
    file = weights_file(weights, network=METRICS[pretrained[0]].extractor)
    if file is None:
        raise InputError(f"{flag} needs --weights=imagenet or a file")
    return file
