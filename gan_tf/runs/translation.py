"""Translations by the averaged generators of a run."""

from collections.abc import Iterable, Iterator

import keras
import numpy as np

from gan_tf.runs.train_state import TrainState
from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.objective import Translator
from gan_tf.training.pixels import to_float, to_uint8

COMPUTE_BATCH = 8


class ImageTranslator:
    """Translates any number of images in batches of one size.

    Args:
      family: of the generator.
      direction: a key of the family's ``directions``.
      generator: of that direction.
    """

    def __init__(self, family: Translator, direction: str, generator: keras.Model):
        self._pixel_range = family.pixel_range
        self._translate = BatchedFunction(
            lambda images: family.translate(
                to_float(images, family.pixel_range), direction, generator
            ),
            COMPUTE_BATCH,
        )

    def __call__(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the translation of each image, uint8 [height, width, channels] in and out."""
        for translations in self._translate.batches(images):
            yield from to_uint8(translations, self._pixel_range)


def translators(train_state: TrainState) -> dict[str, ImageTranslator]:
    """Return the translator of each direction; it uses the averaged generator."""
    return {
        direction: ImageTranslator(
            train_state.family, direction, train_state.averages[name].network
        )
        for direction, name in train_state.family.directions.items()
    }
