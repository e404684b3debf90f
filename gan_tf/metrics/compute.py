"""Computation of metrics by name; every extractor is built and used once."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from gan_tf.metrics import EXTRACTORS, METRICS, PREDICTION_METRICS

#: Images, uint8 [n, height, width, channels] -> features, float [n, d].
Featurize = Callable[[np.ndarray], np.ndarray]


class ExtractorOptions(NamedTuple):
    """Options of extractor builders.

    Attributes:
      steps: optimizer steps of a trained extractor; None for 10 epochs, at least 1000.
      weights: file of pretrained weights.
      seed: seed of a trained extractor.
    """

    steps: int | None = None
    weights: Path | None = None
    seed: int = 0


DEFAULTS = ExtractorOptions()


class LearningImages(NamedTuple):
    """Real images that an extractor may learn from.

    Attributes:
      images: uint8 [n, height, width, channels].
      labels: int32 [n].
      num_classes: K.
    """

    images: np.ndarray
    labels: np.ndarray
    num_classes: int


class FeatureBuilder(Protocol):
    """The type of the builders in ``EXTRACTORS``."""

    def __call__(
        self, name: str, learning: LearningImages | None, options: ExtractorOptions
    ) -> Featurize:
        """Build the extractor.

        Args:
          name: its key in ``EXTRACTORS``.
          learning: images that it may learn from; None if it is not trained.
          options: options for builders that need them.

        Raises:
          InputError: it cannot take these images or weights.
        """


def build_extractor(
    name: str, learning: LearningImages | None, options: ExtractorOptions = DEFAULTS
) -> Featurize:
    """Build an extractor of ``EXTRACTORS``; arguments as in ``FeatureBuilder``."""
    return pkgutil.resolve_name(EXTRACTORS[name].path)(name, learning, options)


def comparison_indices(
    num_images: int, num_compared: int, names: Sequence[str], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the real images to compare with, and those that a trained extractor learns from.

    Args:
      num_images: number of real images.
      num_compared: maximum number to compare with; at most half of the images if an extractor is
        trained, because its features of images it has seen differ from those of others.
      names: names of metrics in ``IMAGE_METRICS`` or ``PRETRAINED_METRICS``.
      seed: seed of the draw; a smaller number gives the first images of a larger one.

    Returns:
      The indices to compare with, and the rest if an extractor is trained, else none.
    """
    order = np.random.default_rng(seed).permutation(num_images)
    if not any(EXTRACTORS[METRICS[name].extractor].is_trained for name in names):
        return order[:num_compared], order[:0]
    num_compared = min(num_compared, num_images // 2)
    return order[:num_compared], order[num_compared:]


class ImageComparison:
    """Image metrics of any number of sets against one set of real images.

    Args:
      names: names of metrics in ``IMAGE_METRICS`` or ``PRETRAINED_METRICS``.
      real: images to compare with, uint8 [n, height, width, channels].
      learning: other real images, which trained extractors learn from; see
        ``comparison_indices``.
      options: options of the extractors.
    """

    def __init__(
        self,
        names: Sequence[str],
        real: np.ndarray,
        learning: LearningImages | None = None,
        options: ExtractorOptions = DEFAULTS,
    ):
        self._names = tuple(names)
        needed = dict.fromkeys(METRICS[name].extractor for name in names)
        self._extractors = {name: build_extractor(name, learning, options) for name in needed}
        self._real = {name: extract(real) for name, extract in self._extractors.items()}

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Return every metric of ``images``, uint8 [m, height, width, channels], by name."""
        features = {name: extract(images) for name, extract in self._extractors.items()}
        values = {}
        for name in self._names:
            extractor = METRICS[name].extractor
            values[name] = METRICS[name].function(self._real[extractor], features[extractor])
        return values


def build_comparison(
    names: Sequence[str],
    indices: tuple[np.ndarray, np.ndarray],
    pixels: Callable[[np.ndarray], np.ndarray],
    labels: np.ndarray,
    num_classes: int,
    options: ExtractorOptions,
) -> ImageComparison:
    """Build the comparison with some real images, whose trained extractors learn from others.

    Args:
      names: names of metrics in ``IMAGE_METRICS`` or ``PRETRAINED_METRICS``.
      indices: see ``comparison_indices``.
      pixels: indices -> real images, uint8 [n, height, width, channels].
      labels: labels of all real images.
      num_classes: K.
      options: options of the extractors.
    """
    compared, rest = indices
    learning = LearningImages(pixels(rest), labels[rest], num_classes) if len(rest) else None
    return ImageComparison(names, pixels(compared), learning, options)


def prediction_scores(labels: np.ndarray, probabilities: np.ndarray) -> Mapping[str, float | None]:
    """Return every metric of predictions by name; None if the test set does not allow it.

    Args:
      labels: int [n] in 0 .. K-1.
      probabilities: float [n, K].
    """
    return {name: METRICS[name].function(labels, probabilities) for name in PREDICTION_METRICS}
