"""Translations by the averaged generators of a run."""

from collections.abc import Iterable, Iterator
from itertools import islice

import keras
import numpy as np
import tensorflow as tf

from gan_tf.runs.config import TrainState
from gan_tf.training.objective import Translator
from gan_tf.training.pixels import to_float, to_uint8

# Batches of different sizes differ in the last bits, so every image is computed in a batch of 8.
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
        self._compute = tf.function(lambda images: family.translate(images, direction, generator))

    def __call__(self, images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the translation of each image, uint8 [height, width, channels] in and out."""
        remaining = iter(images)
        while batch := list(islice(remaining, COMPUTE_BATCH)):
            padded = np.stack(batch + batch[:1] * (COMPUTE_BATCH - len(batch)))
            translated = self._compute(to_float(tf.constant(padded), self._pixel_range))
            yield from to_uint8(translated, self._pixel_range)[: len(batch)]


def translators(train_state: TrainState) -> dict[str, ImageTranslator]:
    """Return the translator of each direction; it uses the averaged generator."""
    return {
        direction: ImageTranslator(
            train_state.family, direction, train_state.averages[name].network
        )
        for direction, name in train_state.family.directions.items()
    }
