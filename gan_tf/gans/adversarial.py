"""One generator against one discriminator: the objective of every plain noise-to-image GAN."""

from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace

from gan_tf.gans.family import discriminator_options, network_options
from gan_tf.gans.noise_to_image import (
    DISCRIMINATOR,
    GENERATOR,
    NoiseToImage,
    alternating_schedule,
)
from gan_tf.gans.options import FamilyOptions
from gan_tf.training.objective import Losses
from gan_tf.training.schedule import FixedSchedule


class AdversarialGan(NoiseToImage):
    """A family whose discriminator returns one logit; such families differ only in their networks.

    The discriminator of a conditional family is called with ``[image, y]``.
    """

    def losses(self, update, batch, noise):
        """Return the losses of an update; the batch has ``image`` and ``label``."""
        self._prepare_discriminator(update)
        fake_images, fake_labels = self._generate(batch["label"], noise)
        shown_labels = self._shown_labels(fake_labels, batch["label"], update)
        fake = self._with_labels(self._augmented(fake_images, noise, "fake"), shown_labels)
        fake_logits = self._discriminate(fake, noise, "fake")
        totals, metrics, state, real_logits = {}, {}, {}, None
        if DISCRIMINATOR in update.groups or self._loss.is_relative:
            real = self._with_labels(self._shown_real(batch["image"], noise), batch["label"])
            real_logits = self._discriminate(real, noise, "real")
        if DISCRIMINATOR in update.groups:
            totals[DISCRIMINATOR], metrics, state = self._discriminator_loss(
                real, fake, real_logits, fake_logits, noise
            )
            metrics["loss/discriminator"] = totals[DISCRIMINATOR]
        if GENERATOR in update.groups:
            totals[GENERATOR], terms = self._generator_loss(real_logits, fake_logits)
            metrics |= terms | {"loss/generator": totals[GENERATOR]}
        return Losses(totals, metrics, state)

    def _shown_labels(self, fake_labels, real_labels, update):
        """Return the labels of fake images that the discriminator is shown in an update."""
        return fake_labels

    def _with_labels(self, images, labels):
        return [images, self._one_hot(labels)] if self.conditional else [images]


def unconditional_gan(
    networks: ModuleType | SimpleNamespace,
    image_shape: tuple[int, int, int],
    class_counts: Sequence[int],
    options: FamilyOptions,
    *,
    schedule: Callable[[int, int], FixedSchedule] = alternating_schedule,
) -> AdversarialGan:
    """Build an unconditional family whose images lie in -1..1.

    Args:
      networks: module or namespace with ``build_generator(image_shape, latent_dim,
        network_options)`` and ``build_discriminator(image_shape, network_options)``.
      image_shape, class_counts, options: see ``gan_tf.gans.family.FamilyBuilder``.
      schedule: see ``gan_tf.gans.noise_to_image.NoiseToImage``.
    """
    generator = network_options(options, "generator")
    discriminator = discriminator_options(options)
    return AdversarialGan(
        lambda: networks.build_generator(image_shape, options.latent_dim, generator),
        lambda: networks.build_discriminator(image_shape, discriminator),
        class_counts,
        options,
        conditional=False,
        schedule=schedule,
    )


def conditional_gan(
    networks: ModuleType | SimpleNamespace,
    image_shape: tuple[int, int, int],
    class_counts: Sequence[int],
    options: FamilyOptions,
    *,
    objective: type[NoiseToImage] = AdversarialGan,
    pixel_range: tuple[float, float] = (-1.0, 1.0),
) -> NoiseToImage:
    """Build a conditional family.

    Args:
      networks: module or namespace with ``build_generator(image_shape, num_classes, latent_dim,
        network_options)`` and ``build_discriminator(image_shape, num_classes, network_options)``.
      image_shape, class_counts, options: see ``gan_tf.gans.family.FamilyBuilder``.
      objective: class of the family; must match the discriminator's inputs and outputs.
      pixel_range: range of the generator's last activation.
    """
    num_classes = len(class_counts)
    generator = network_options(options, "generator")
    discriminator = discriminator_options(options)
    return objective(
        lambda: networks.build_generator(image_shape, num_classes, options.latent_dim, generator),
        lambda: networks.build_discriminator(image_shape, num_classes, discriminator),
        class_counts,
        options,
        conditional=True,
        pixel_range=pixel_range,
    )
