"""What families share that make images from noise, with one generator and one discriminator."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from gan_tf.gans.family import require_no_label_distribution
from gan_tf.gans.losses import LOSSES
from gan_tf.networks.spectral import iterate_power
from gan_tf.training.schedule import FixedSchedule, Update

DISCRIMINATOR = ("discriminator",)
GENERATOR = ("generator",)


def alternating_schedule(discriminator_steps: int, generator_steps: int) -> FixedSchedule:
    """Discriminator updates, each on a fresh batch, then generator updates on the last of them.

    [Baker2018], section 5.4, has one and two.
    """
    discriminator = Update((DISCRIMINATOR,))
    generator = Update((GENERATOR,), fresh_batch=False)
    return FixedSchedule(*[discriminator] * discriminator_steps, *[generator] * generator_steps)


def simultaneous_schedule(discriminator_steps: int, generator_steps: int) -> FixedSchedule:
    """Both networks at once, from gradients at the same weights; in turns unless each moves once.

    [Wolyniec2020], appendix A.3, has it so.
    """
    if discriminator_steps == generator_steps == 1:
        return FixedSchedule(Update((DISCRIMINATOR, GENERATOR)))
    return alternating_schedule(discriminator_steps, generator_steps)


class NoiseToImage:
    """A ``gan_tf.gans.family.NoiseFamily`` but for its losses: abstract.

    Args:
      build_generator: returns a generator, called with ``[z, y]`` or, unless conditional, ``z``.
      build_discriminator: returns a discriminator, called with images and whatever a subclass has
        beside them, then one tensor of uniform numbers for each dropout.
      conditional: True when the generator takes one-hot labels y.
      num_classes: length of y.
      latent_dim: length of z.
      pixel_range: range of the generator's last activation.
      loss: a name in ``LOSSES``.
      label_probabilities: law that fake labels are drawn from; None takes the real batch's labels.
      order: the order of updates, see ``schedule``.

    Raises:
      InputError: a law of labels for a family without labels.
    """

    generators = GENERATOR

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
        label_probabilities: np.ndarray | None = None,
        order: Callable[[int, int], FixedSchedule] = alternating_schedule,
    ):
        if not conditional:
            require_no_label_distribution(label_probabilities)
        self._builders = {"generator": build_generator, "discriminator": build_discriminator}
        self.networks = {name: build() for name, build in self._builders.items()}
        self.state = {}
        self.conditional = conditional
        self.pixel_range = pixel_range
        self.label_probabilities = label_probabilities
        self._num_classes = num_classes
        self._latent_dim = latent_dim
        self._loss = LOSSES[loss]
        self._order = order

    def build_network(self, name):
        """See ``gan_tf.gans.family.Family``."""
        return self._builders[name]()

    def schedule(self, discriminator_steps, generator_steps):
        """See ``gan_tf.gans.family.Family``."""
        return self._order(discriminator_steps, generator_steps)

    def generator_inputs(self, labels, noise):
        """See ``gan_tf.gans.family.NoiseFamily``."""
        z = noise.normal("latent", [self._latent_dim])
        return [z, self._one_hot(labels)] if self.conditional else z

    def sample(self, labels, noise, generator=None):
        """See ``gan_tf.training.objective.Sampler``."""
        generator = generator or self.networks["generator"]
        return generator(self.generator_inputs(labels, noise), training=False)

    def _one_hot(self, labels):
        return tf.one_hot(labels, self._num_classes)

    def _generated(self, real_labels, noise):
        """Fake images of a training batch and their labels."""
        labels = real_labels
        if self.label_probabilities is not None:
            labels = noise.categories("label", self.label_probabilities)
        generator = self.networks["generator"]
        return generator(self.generator_inputs(labels, noise), training=True), labels

    def _discriminate(self, inputs: Sequence[tf.Tensor], noise, name: str):
        """The discriminator's outputs; its dropout draws under ``name``."""
        inputs = self._with_dropout(inputs, noise, name)
        discriminator = self.networks["discriminator"]
        return discriminator(inputs if len(inputs) > 1 else inputs[0], training=True)

    def _with_dropout(self, inputs, noise, name):
        """Inputs of the discriminator with the numbers of its dropout, drawn under ``name``."""
        further = self.networks["discriminator"].inputs[len(inputs) :]
        return [*inputs, *(noise.uniform(f"{name}/{x.name}", x.shape[1:]) for x in further)]

    def _prepare_discriminator(self, update):
        """What comes before the discriminator is called for an update that moves it."""
        if DISCRIMINATOR in update.groups:
            iterate_power(self.networks["discriminator"])

    def _discriminator_loss(self, real_logits, fake_logits, penalty):
        """The adversarial loss, with a gradient penalty where it has one, and what is logged.

        Args:
          real_logits, fake_logits: float32 [batch, 1].
          penalty: returns the gradient penalty.
        """
        total = self._loss.discriminator(real_logits, fake_logits)
        metrics = self._loss.readings(real=real_logits, fake=fake_logits)
        if self._loss.gradient_penalty:
            metrics["gradient_penalty"] = penalty()
            total += self._loss.gradient_penalty * metrics["gradient_penalty"]
        return total, metrics
