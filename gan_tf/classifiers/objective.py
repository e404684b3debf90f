"""The objective of a classifier: cross-entropy of one network."""

from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from gan_tf.training.batched_function import BatchedFunction
from gan_tf.training.noise import Noise
from gan_tf.training.objective import Losses
from gan_tf.training.pixels import to_float
from gan_tf.training.schedule import FixedSchedule, Update

GROUP = ("classifier",)
SCHEDULE = FixedSchedule(Update((GROUP,)))

Augment = Callable[[tf.Tensor, Noise], tf.Tensor]


class Classifier:
    """An ``Objective`` with one network that minimizes the mean cross-entropy of its logits.

    A batch has ``image``, ``label`` and, if examples are weighted, ``weight``: float32 [batch]
    with mean 1 over the training set.

    Args:
      network: model from images in ``pixel_range`` to logits.
      pixel_range: (low, high) of the images that the network takes.
      augment: function applied to every training batch, or None.
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
        """Return cross-entropy and accuracy on one batch."""
        images, labels = batch["image"], batch["label"]
        if self._augment is not None:
            images = self._augment(images, noise)
        logits = self.networks["classifier"](images, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        if "weight" in batch:
            losses *= batch["weight"]
        is_correct = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        loss = tf.reduce_mean(losses)
        accuracy = tf.reduce_mean(tf.cast(is_correct, tf.float32))
        return Losses({GROUP: loss}, {"loss": loss, "accuracy": accuracy})


class Predictor(BatchedFunction):
    """Class probabilities of a network: uint8 images [n, ...] -> float32 [n, K].

    Args:
      network: model from images in ``pixel_range`` to logits.
      pixel_range: (low, high) of the images that the network takes.
      batch_size: number of images per batch; see ``BatchedFunction``.
    """

    def __init__(
        self, network: keras.Model, pixel_range: tuple[float, float], batch_size: int = 250
    ):
        super().__init__(
            lambda images: tf.nn.softmax(
                tf.cast(network(to_float(images, pixel_range), training=False), tf.float32)
            ),
            batch_size,
        )
