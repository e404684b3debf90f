"""Paths through the input space of a generator, and the images along them."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from gan_tf.gans.family import NoiseFamily
from gan_tf.runs.interpolation.slerp import slerp
from gan_tf.runs.sampling import COMPUTE_BATCH
from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.pixels import to_uint8


def latent_path(start: np.ndarray, end: np.ndarray, num_points: int) -> np.ndarray:
    """Return latent vectors from one to another, both included, at equal angles.

    Args:
      start: [latent_dim].
      end: [latent_dim].
      num_points: at least 2.

    Returns:
      float32 [num_points, latent_dim].
    """
    return slerp(start, end, np.linspace(0.0, 1.0, num_points)).astype(np.float32)


def closed_loop(anchors: Sequence[np.ndarray], num_steps: int) -> np.ndarray:
    """Return latent vectors from each anchor to the next, and from the last to the first.

    The first vector follows the last by a step like any other of that arc.

    Args:
      anchors: latent vectors [latent_dim], at least 2.
      num_steps: steps from an anchor to the next; it is the first of them.

    Returns:
      float32 [len(anchors) * num_steps, latent_dim].
    """
    following = [*anchors[1:], anchors[0]]
    arcs = (latent_path(*ends, num_steps + 1) for ends in zip(anchors, following, strict=True))
    return np.concatenate([arc[:-1] for arc in arcs])


class PathRenderer:
    """Images at any points of a generator's input space.

    The image at the latent vector and label of a sample of ``ImageSampler`` is that sample: both
    are computed in batches of one size.

    Args:
      family: family of the generator.
      generator: generator with batch-norm statistics of its own weights.
      num_classes: length of a label vector.
    """

    def __init__(self, family: NoiseFamily, generator: keras.Model, num_classes: int):
        self._num_classes = num_classes
        self._pixel_range = family.pixel_range

        def images(points):
            z, y = tf.split(points, [-1, num_classes], axis=1)
            return generator([z, y] if family.conditional else z, training=False)

        self._compute = BatchedFunction(images, COMPUTE_BATCH)

    def images(self, latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the images of latent vectors with labels.

        Args:
          latents: [num_points, latent_dim].
          labels: [num_points, num_classes], one-hot labels or blends of them; an unconditional
            family ignores them.

        Returns:
          uint8 [num_points, height, width, channels].
        """
        points = np.concatenate([latents, labels], axis=1, dtype=np.float32)
        return to_uint8(self._compute(points), self._pixel_range)

    def of_class(self, label: int, latents: np.ndarray) -> np.ndarray:
        """Return the images of latent vectors in one class."""
        return self.images(latents, np.eye(self._num_classes)[[label] * len(latents)])

    def between_classes(self, start: int, end: int, latent: np.ndarray, num_points: int):
        """Return the images of one latent vector while one class becomes another, both included.

        The labels are blends in equal steps.
        """
        fractions = np.linspace(0.0, 1.0, num_points)[:, np.newaxis]
        start_label, end_label = np.eye(self._num_classes)[[start, end]]
        labels = (1.0 - fractions) * start_label + fractions * end_label
        return self.images(np.tile(latent, [num_points, 1]), labels)
