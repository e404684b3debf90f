"""The base of families that generate images from noise with a generator and a discriminator."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.family import require_real_labels
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.diff_augment import diff_augment, flip
from gan_tf.gans.regularization.group_spectral import class_weights, group_spectral
from gan_tf.gans.regularization.regularizers import (
    REGULARIZERS,
    Discrimination,
    new_state,
    regularizer_weights,
)
from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization
from gan_tf.networks.spectral import iterate_power
from gan_tf.training.schedule import FixedSchedule, Update

DISCRIMINATOR = ("discriminator",)
GENERATOR = ("generator",)


def alternating_schedule(discriminator_steps: int, generator_steps: int) -> FixedSchedule:
    """Return discriminator updates on fresh batches, then generator updates on the last of them.

    [Baker2018], section 5.4, uses one and two.
    """
    discriminator = Update((DISCRIMINATOR,))
    generator = Update((GENERATOR,), fresh_batch=False)
    return FixedSchedule(*[discriminator] * discriminator_steps, *[generator] * generator_steps)


def simultaneous_schedule(discriminator_steps: int, generator_steps: int) -> FixedSchedule:
    """Return one update of both networks from gradients at the same weights.

    [Wolyniec2020], appendix A.3, trains like this. With any other numbers of updates the networks
    alternate.
    """
    if discriminator_steps == generator_steps == 1:
        return FixedSchedule(Update((DISCRIMINATOR, GENERATOR)))
    return alternating_schedule(discriminator_steps, generator_steps)


class NoiseToImage:
    """An abstract ``gan_tf.gans.family.NoiseFamily``; subclasses add the losses.

    Args:
      build_generator: builds a generator, which is called with ``[z, y]`` or, if not conditional,
        ``z``.
      build_discriminator: builds a discriminator, which is called with images, any inputs that a
        subclass adds, and one tensor of uniform numbers per dropout layer.
      class_counts: number of training images of each class.
      options: the family's options; subclasses read theirs from ``self._options``.
      conditional: whether the generator takes one-hot labels y.
      pixel_range: range of the generator's last activation.
      schedule: returns the updates of a step, see ``schedule``.

    Raises:
      InputError: an unconditional family is given a label distribution, or a generator without
        class-conditional batch normalization its regularizer.
    """

    generators = GENERATOR

    def __init__(
        self,
        build_generator: Callable[[], keras.Model],
        build_discriminator: Callable[[], keras.Model],
        class_counts: Sequence[int],
        options: FamilyOptions,
        *,
        conditional: bool,
        pixel_range: tuple[float, float] = (-1.0, 1.0),
        schedule: Callable[[int, int], FixedSchedule] = alternating_schedule,
    ):
        if not conditional:
            require_real_labels(options)
        self._builders = {"generator": build_generator, "discriminator": build_discriminator}
        self.networks = {name: build() for name, build in self._builders.items()}
        self.conditional = conditional
        self.pixel_range = pixel_range
        self.label_probabilities = label_probabilities(
            options.label_distribution, options.label_exponent, class_counts
        )
        self._num_classes = len(class_counts)
        self._options = options
        self._loss = LOSSES[options.loss]
        self._regularizer_weights = regularizer_weights(options, self._loss)
        self.state = new_state(self._regularizer_weights)
        self._schedule = schedule
        self._class_weights = class_weights(class_counts)
        self._class_layers = self._regularized_layers()

    def build_network(self, name):
        """See ``gan_tf.gans.family.Family``."""
        return self._builders[name]()

    def schedule(self, discriminator_steps, generator_steps):
        """See ``gan_tf.gans.family.Family``."""
        return self._schedule(discriminator_steps, generator_steps)

    def generator_inputs(self, labels, noise):
        """See ``gan_tf.gans.family.NoiseFamily``."""
        z = noise.normal("latent", [self._options.latent_dim])
        return [z, self._one_hot(labels)] if self.conditional else z

    def sample(self, labels, noise, generator=None):
        """See ``gan_tf.training.objective.Sampler``."""
        generator = generator or self.networks["generator"]
        return generator(self.generator_inputs(labels, noise), training=False)

    def _one_hot(self, labels):
        return tf.one_hot(labels, self._num_classes)

    def _fake_labels(self, real_labels, noise):
        """Return the labels of the fake images of a training batch."""
        if self.label_probabilities is None:
            return real_labels
        return noise.categories("label", self.label_probabilities)

    def _generate(self, real_labels, noise):
        """Return the fake images of a training batch and their labels."""
        labels = self._fake_labels(real_labels, noise)
        generator = self.networks["generator"]
        return generator(self.generator_inputs(labels, noise), training=True), labels

    def _discriminate(self, inputs: Sequence[tf.Tensor], noise, name: str):
        """Return the discriminator's outputs; ``name`` keys the noise of its dropout."""
        inputs = self._with_dropout(inputs, noise, name)
        discriminator = self.networks["discriminator"]
        return discriminator(inputs if len(inputs) > 1 else inputs[0], training=True)

    def _with_dropout(self, inputs, noise, name):
        """Return the discriminator's inputs followed by the uniform numbers of its dropout."""
        uniform_inputs = self.networks["discriminator"].inputs[len(inputs) :]
        return [*inputs, *(noise.uniform(f"{name}/{x.name}", x.shape[1:]) for x in uniform_inputs)]

    def _prepare_discriminator(self, update):
        """Iterate spectral norms before the discriminator's first call in an update of it."""
        if DISCRIMINATOR in update.groups:
            iterate_power(self.networks["discriminator"])

    def _shown_real(self, images, noise):
        """Return real images as the discriminator sees them."""
        if self._options.mirror:
            images = flip(images, noise, "mirror", self.pixel_range)
        return self._augmented(images, noise, "real")

    def _augmented(self, images, noise, name):
        """Return images changed by ``diff_augment``; ``name`` keys its random numbers."""
        policies = self._options.diff_augment
        return diff_augment(images, policies, noise, f"diff_augment/{name}", self.pixel_range)

    def _critic(self, inputs, noise, name):
        """Return the logits of "real" of inputs; ``name`` keys the noise of dropout."""
        return self._discriminate(inputs, noise, name)

    def _score(self, real, fake, noise):
        """Return the logits of "real" of real and of fake inputs in an update."""
        return self._critic(real, noise, "real"), self._critic(fake, noise, "fake")

    def _regularized_layers(self):
        """Return the layers that ``group_spectral`` regularizes, if it does."""
        if not self._options.group_spectral_weight:
            return []
        layers = [
            layer
            for layer in self.networks["generator"].layers
            if isinstance(layer, ConditionalBatchNormalization)
        ]
        if not layers:
            raise InputError(
                "--group_spectral_weight regularizes class-conditional batch normalization, which "
                f"--gan={self._options.gan} does not have; use --gan=projection_gan"
            )
        return layers

    def _generator_loss(self, real_logits, fake_logits):
        """Return the adversarial loss of the generator plus its regularizer, and metrics.

        ``real_logits`` are None unless the loss is relative.
        """
        total = self._loss.generator(real_logits, fake_logits)
        if not self._class_layers:
            return total, {}
        term = group_spectral(self._class_layers, self._class_weights)
        return total + self._options.group_spectral_weight * term, {"group_spectral": term}

    def _discriminator_loss(self, real, fake, real_logits, fake_logits, noise):
        """Return the adversarial loss plus regularizers, metrics, and the next values of state.

        Args:
          real, fake: inputs of the discriminator without those of its dropout.
          real_logits, fake_logits: float32 [batch, 1].
          noise: noise of the update.
        """
        seen = Discrimination(
            real,
            fake,
            real_logits,
            fake_logits,
            lambda inputs, name, noise: self._critic(inputs, noise, name),
            lambda real, fake: self._score(real, fake, noise),
            noise,
            self.state,
            self._options,
            self.pixel_range,
        )
        total = self._loss.discriminator(real_logits, fake_logits)
        metrics = self._loss.readings(real=real_logits, fake=fake_logits)
        state = {}
        for name, weight in self._regularizer_weights.items():
            metrics[name], next_values = REGULARIZERS[name].function(seen)
            total += weight * metrics[name]
            state |= next_values
        return total, metrics, state


def label_probabilities(
    distribution: str, exponent: float, class_counts: Sequence[int]
) -> np.ndarray | None:
    """Return probabilities of fake labels, float32 [num_classes]; None to use the real labels.

    >>> label_probabilities("tempered", 0.5, [900, 100])
    array([0.75, 0.25], dtype=float32)

    Args:
      distribution: a name in ``gan_tf.gans.options.LABEL_DISTRIBUTIONS``: ``real``, the labels of
        the real batch; ``uniform`` over the classes that have images; ``tempered``, class k with
        n_k images in proportion to n_k ** exponent.
      exponent: 0 is uniform, 1 the shares of the real images.
      class_counts: number of images of each class.

    Raises:
      InputError: the distribution is unknown.
    """
    if distribution == "real":
        return None
    exponents = {"uniform": 0.0, "tempered": exponent}
    if distribution not in exponents:
        raise InputError(
            f"--label_distribution={distribution} is not one of real, {', '.join(exponents)}"
        )
    counts = np.asarray(class_counts, np.float64)
    shares = np.where(counts > 0, np.maximum(counts, 1) ** exponents[distribution], 0.0)
    return (shares / shares.sum()).astype(np.float32)
