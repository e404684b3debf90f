"""Translations by a run's averaged generators, and what its sample grids show of them."""

from collections.abc import Iterable, Iterator
from itertools import islice

import keras
import numpy as np
import tensorflow as tf

from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import TrainState
from gan_tf.training.objective import Translator
from gan_tf.training.pixels import to_float, to_uint8

# Batches of different sizes give different last bits, so every image is made in one of eight.
COMPUTE_BATCH = 8


class ImageTranslator:
    """Translates any number of images in batches of one size.

    Args:
      family: gives meaning to the generator's images.
      direction: a key of the family's ``directions``.
      generator: of that direction.
    """

    def __init__(self, family: Translator, direction: str, generator: keras.Model):
        self._pixel_range = family.pixel_range
        self._compute = tf.function(lambda images: family.translate(images, direction, generator))

    def __call__(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The translations of uint8 images [height, width, channels], likewise, one by one."""
        remaining = iter(images)
        while batch := list(islice(remaining, COMPUTE_BATCH)):
            padded = np.stack(batch + batch[:1] * (COMPUTE_BATCH - len(batch)))
            translated = self._compute(to_float(tf.constant(padded), self._pixel_range))
            yield from to_uint8(translated, self._pixel_range)[: len(batch)]


def translators(train_state: TrainState) -> dict[str, ImageTranslator]:
    """What translates in each direction: the averaged generators."""
    return {
        direction: ImageTranslator(
            train_state.family, direction, train_state.averages[name].network
        )
        for direction, name in train_state.family.directions.items()
    }


class TranslationGrid:
    """Fixed training images of both domains, and their translations; see ``SampleGrid``.

    Args:
      train_state: of a family that translates.
      images: of two domains, labeled 0 and 1.
      num_columns: images of each domain.
    """

    def __init__(self, train_state: TrainState, images: TrainingImages, num_columns: int):
        self._translators = translators(train_state)
        chosen = [_spread(np.flatnonzero(images.labels == label), num_columns) for label in (0, 1)]
        self._sources = images.pixels(np.array(chosen))
        # Row by row what translations should look like: first the second domain.
        self.real_rows = self._sources[::-1]

    def rows(self) -> np.ndarray:
        """Translations into the second domain, then into the first; see ``SampleGrid``."""
        pairs = zip(self._translators.values(), self._sources, strict=True)
        return np.array([list(translator(images)) for translator, images in pairs])

    def sheet_rows(self, rows: np.ndarray) -> np.ndarray:
        """Each row below the images that it was made of; see ``SampleGrid``."""
        return np.stack([self._sources, rows], axis=1).reshape(-1, *rows.shape[1:])


def _spread(numbers: np.ndarray, count: int) -> np.ndarray:
    """``count`` of the numbers at equal distances; some repeat where there are fewer."""
    return numbers[np.linspace(0, len(numbers), count, endpoint=False).astype(np.int64)]
