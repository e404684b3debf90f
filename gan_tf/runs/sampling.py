"""Images from the averaged generators of a run: sampled from noise, or translated."""

from collections.abc import Iterable, Iterator

import keras
import numpy as np
import tensorflow as tf

from gan_tf.gans.family import NoiseFamily
from gan_tf.runs.data.card import DataCard
from gan_tf.runs.options import SampleOptions
from gan_tf.runs.train_state import TrainState
from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.noise import Noise, derived_seed
from gan_tf.training.objective import Translator
from gan_tf.training.optimizers.averaging import reestimate_batch_statistics
from gan_tf.training.pixels import to_float, to_uint8

# Batches of different sizes differ in the last bits, so every image is computed in a batch of the
# same size.
COMPUTE_BATCH = 64
TRANSLATION_BATCH = 8


def recalibrate_batch_norm(
    family: NoiseFamily, generator: keras.Model, data: DataCard, seed: int
) -> None:
    """Re-estimate the batch-norm statistics of an averaged generator with its own weights.

    Labels are drawn with their frequencies in training, and latent vectors with their standard
    deviation in training, whatever ``SampleOptions.latent_scale`` is: statistics of scaled vectors
    would normalize the scale away.

    Args:
      family: family of the generator.
      generator: its statistics are replaced.
      data: description of the training images.
      seed: the run seed.
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
    """A sampler of images of any class; image ``i`` does not depend on how many are sampled.

    Args:
      family: family of the generator.
      generator: generator with batch-norm statistics of its own weights, see
        ``recalibrate_batch_norm``.
      options: options whose seed and latent scale determine the images.
    """

    def __init__(self, family: NoiseFamily, generator: keras.Model, options: SampleOptions):
        self._family = family
        self._generator = generator
        self._seed = derived_seed(options.seed, "samples")
        self._latent_scale = options.latent_scale
        self._compute = tf.function(self._batch)
        self._compute_latents = tf.function(self._latent_batch)

    def _noise(self, label: tf.Tensor, index: tf.Tensor) -> Noise:
        key = Noise.key(self._seed, label, index)
        noise = _ScaledNoise(key, COMPUTE_BATCH, self._latent_scale)
        return noise

    def _batch(self, label: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        labels = tf.fill([COMPUTE_BATCH], label)
        return self._family.sample(labels, self._noise(label, index), self._generator)

    def _latent_batch(self, label: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        labels = tf.fill([COMPUTE_BATCH], label)
        inputs = self._family.generator_inputs(labels, self._noise(label, index))
        return inputs[0] if self._family.conditional else inputs

    def latents(self, label: int, num_images: int) -> np.ndarray:
        """Return the latent vectors of ``images``, float32 [num_images, latent_dim]."""
        batches = [
            self._compute_latents(tf.constant(label), tf.constant(index))
            for index in range(-(-num_images // COMPUTE_BATCH))
        ]
        return np.concatenate(batches)[:num_images]

    def images(self, label: int, num_images: int) -> Iterator[np.ndarray]:
        """Yield the first ``num_images`` of a class, each uint8 [height, width, channels].

        Args:
          label: index of the class; an unconditional family samples different images for it too.
          num_images: number of images.
        """
        for start in range(0, num_images, COMPUTE_BATCH):
            batch = self._compute(tf.constant(label), tf.constant(start // COMPUTE_BATCH))
            yield from to_uint8(batch, self._family.pixel_range)[: num_images - start]

    def rows(self, num_labels: int, num_columns: int) -> np.ndarray:
        """Return the first images of each class, uint8 [rows, columns, height, width, channels].

        There is one class per row; an unconditional family fills ``num_columns`` rows.
        """
        if self._family.conditional:
            return np.array([list(self.images(i, num_columns)) for i in range(num_labels)])
        images = np.array(list(self.images(0, num_columns**2)))
        return images.reshape(num_columns, num_columns, *images.shape[1:])


class _ScaledNoise(Noise):
    """Noise whose normal numbers, the latent vectors, have a standard deviation of ``scale``."""

    def __init__(self, key: tf.Tensor, num_examples: int, scale: float):
        super().__init__(key, num_examples)
        self._scale = scale

    def normal(self, name, shape=()):
        """See ``Noise``."""
        return self._scale * super().normal(name, shape)


class ImageTranslator:
    """A translator of any number of images, in batches of one size.

    Args:
      family: family of the generator.
      direction: a key of the family's ``directions``.
      generator: generator of that direction.
    """

    def __init__(self, family: Translator, direction: str, generator: keras.Model):
        self._pixel_range = family.pixel_range
        self._translate = BatchedFunction(
            lambda images: family.translate(
                to_float(images, family.pixel_range), direction, generator
            ),
            TRANSLATION_BATCH,
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
