"""A classifier as an objective of the training loop: cross-entropy on one network."""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.objective import Losses
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import FixedSchedule, Update

GROUP = ("classifier",)
SCHEDULE = FixedSchedule(Update((GROUP,)))

Augment = Callable[[tf.Tensor, Noise], tf.Tensor]


class Classifier:
    """Minimizes the mean cross-entropy of logits; an ``Objective`` with one network.

    A batch has ``image``, ``label`` and, where examples count differently, ``weight``: float32
    [batch] with mean 1 over the training set.

    Args:
      network: images in ``pixel_range`` to logits.
      pixel_range: what the network takes.
      augment: applied to every training image batch, or None.
    """

    def __init__(
        self,
        network: keras.Model,
        pixel_range: tuple[float, float] = (0.0, 255.0),
        augment: Augment | None = None,
    ):
        self.networks = {"classifier": network}
        self.state = {}
        self.pixel_range = pixel_range
        self._augment = augment

    def losses(self, update: Update, batch: Mapping[str, tf.Tensor], noise: Noise) -> Losses:
        """Cross-entropy and accuracy on one batch."""
        images, labels = batch["image"], batch["label"]
        if self._augment is not None:
            images = self._augment(images, noise)
        logits = self.networks["classifier"](images, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        if "weight" in batch:
            losses *= batch["weight"]
        right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        loss = tf.reduce_mean(losses)
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
        return Losses({GROUP: loss}, {"loss": loss, "accuracy": accuracy})


class Predictor:
    """Class probabilities of a network, compiled once, in batches of one size.

    Attributes:
      batch_size: as given.

    Args:
      network: as ``Classifier``'s.
      pixel_range: what the network takes.
      batch_size: images at a time; the last batch is padded, so that the number of images never
        changes a digit of the result.
    """

    def __init__(
        self, network: keras.Model, pixel_range: tuple[float, float], batch_size: int = 250
    ):
        self.batch_size = batch_size
        self._softmax = tf.function(
            lambda images: tf.nn.softmax(
                tf.cast(network(to_float(images, pixel_range), training=False), tf.float32)
            )
        )

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Probabilities float32 [n, K] of uint8 ``images`` [n, height, width, channels]."""
        found = []
        for start in range(0, len(images), self.batch_size):
            batch = np.asarray(images[start : start + self.batch_size])
            missing = self.batch_size - len(batch)
            padded = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)))
            found.append(self._softmax(tf.constant(padded)).numpy()[: len(batch)])
        return np.concatenate(found)
