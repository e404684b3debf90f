"""Images from a generator: one fixed compute batch, noise keyed by image."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from gan_tf.gans.family import NoiseFamily
from gan_tf.runs.config import DataCard
from gan_tf.training.noise import Noise, derived_seed
from gan_tf.training.optimizers.averaging import reestimate_batch_statistics
from gan_tf.training.pixels import to_uint8

# Batches of one and of 64 images give different last bits, so every image is made in a batch of 64.
COMPUTE_BATCH = 64


def recalibrate_batch_norm(
    family: NoiseFamily, generator: keras.Model, data: DataCard, seed: int
) -> None:
    """Gives an averaged generator batch statistics of its own weights.

    The labels of the batches follow those of training.
    """
    key_seed = derived_seed(seed, "batch statistics")
    frequencies = family.label_probabilities
    if frequencies is None:
        frequencies = np.array(data.class_counts, np.float32) / sum(data.class_counts)

    def inputs(index: int):
        noise = Noise(Noise.key(key_seed, index), COMPUTE_BATCH)
        return family.generator_inputs(noise.categories("label", frequencies), noise)

    reestimate_batch_statistics(generator, inputs)


class ImageSampler:
    """Makes images of any label; image ``i`` is the same however many are asked for.

    Args:
      family: gives meaning to the generator's inputs.
      generator: with settled batch statistics.
      seed: another seed is another set of images.
    """

    def __init__(self, family: NoiseFamily, generator: keras.Model, seed: int):
        self._family = family
        self._generator = generator
        self._seed = derived_seed(seed, "samples")
        self._compute = tf.function(self._batch)

    def _batch(self, label: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        noise = Noise(Noise.key(self._seed, label, number), COMPUTE_BATCH)
        return self._family.sample(tf.fill([COMPUTE_BATCH], label), noise, self._generator)

    def images(self, label: int, num_images: int) -> Iterator[np.ndarray]:
        """The first ``num_images`` images of a label, uint8 [height, width, channels] each."""
        for start in range(0, num_images, COMPUTE_BATCH):
            batch = self._compute(tf.constant(label), tf.constant(start // COMPUTE_BATCH))
            yield from to_uint8(batch, self._family.pixel_range)[: num_images - start]

    def rows(self, num_labels: int, num_columns: int) -> np.ndarray:
        """First images of each label, uint8 [rows, columns, height, width, channels].

        A row is a label; a family without labels fills as many rows as there are columns.
        """
        if self._family.conditional:
            return np.array([list(self.images(i, num_columns)) for i in range(num_labels)])
        images = np.array(list(self.images(0, num_columns**2)))
        return images.reshape(num_columns, num_columns, *images.shape[1:])
