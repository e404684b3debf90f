"""One generator against one discriminator: the objective of every plain noise-to-image GAN."""

from collections.abc import Callable

import keras
import tensorflow as tf

from gan_tf.gans.losses import LOSSES
from gan_tf.training.objective import Losses, Update

DISCRIMINATOR = ("discriminator",)
GENERATOR = ("generator",)


def alternating_updates(discriminator_steps: int, generator_steps: int) -> tuple[Update, ...]:
    """Discriminator updates, each on a fresh batch, then generator updates on the last of them.

    Document B, section 5.4, has one and two.
    """
    return (Update((DISCRIMINATOR,)),) * discriminator_steps + (
        Update((GENERATOR,), fresh_batch=False),
    ) * generator_steps


class AdversarialGan:
    """An objective that can sample; families differ in their networks alone.

    Fake labels of a conditional family are those of the real batch.

    Args:
      build_generator: returns a generator, called with ``[z, y]`` or, unless conditional, ``z``.
      build_discriminator: returns a discriminator, called with ``[image, y]`` or ``image``.
      conditional: True when the networks take one-hot labels y.
      num_classes: length of y.
      latent_dim: length of z.
      pixel_range: range of the generator's last activation.
      loss: a name in ``LOSSES``.
    """

    def __init__(
        self,
        build_generator: Callable[[], keras.Model],
        build_discriminator: Callable[[], keras.Model],
        *,
        conditional: bool,
        num_classes: int,
        latent_dim: int,
        pixel_range: tuple[float, float],
        loss: str,
    ):
        self._builders = {"generator": build_generator, "discriminator": build_discriminator}
        self.networks = {name: build() for name, build in self._builders.items()}
        self.generators = GENERATOR
        self.state = {}
        self.conditional = conditional
        self.pixel_range = pixel_range
        self._num_classes = num_classes
        self._latent_dim = latent_dim
        self._loss = LOSSES[loss]

    def build_network(self, name):
        """See ``gan_tf.gans.family.Family``."""
        return self._builders[name]()

    def schedule(self, discriminator_steps, generator_steps):
        """See ``gan_tf.gans.family.Family``."""
        return alternating_updates(discriminator_steps, generator_steps)

    def _with_labels(self, x, labels):
        return [x, tf.one_hot(labels, self._num_classes)] if self.conditional else x

    def generator_inputs(self, labels, noise):
        """See ``gan_tf.gans.family.NoiseFamily``."""
        return self._with_labels(noise.normal("latent", [self._latent_dim]), labels)

    def sample(self, labels, noise, generator=None):
        """See ``gan_tf.training.objective.Sampler``."""
        generator = generator or self.networks["generator"]
        return generator(self.generator_inputs(labels, noise), training=False)

    def losses(self, update, batch, noise):
        """Losses of an update; the batch has ``image`` and ``label``."""
        labels = batch["label"]
        fake_images = self.networks["generator"](
            self.generator_inputs(labels, noise), training=True
        )
        fake_logits = self._logits(fake_images, labels)
        totals, metrics = {}, {}
        if DISCRIMINATOR in update.groups:
            real_logits = self._logits(batch["image"], labels)
            totals[DISCRIMINATOR] = self._loss.discriminator(real_logits, fake_logits)
            metrics["loss/discriminator"] = totals[DISCRIMINATOR]
            metrics["probability/real"] = tf.reduce_mean(tf.sigmoid(real_logits))
            metrics["probability/fake"] = tf.reduce_mean(tf.sigmoid(fake_logits))
        if GENERATOR in update.groups:
            totals[GENERATOR] = self._loss.generator(fake_logits)
            metrics["loss/generator"] = totals[GENERATOR]
        return Losses(totals, metrics)

    def _logits(self, images, labels):
        return self.networks["discriminator"](self._with_labels(images, labels), training=True)
