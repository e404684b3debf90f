"""One generator against one discriminator: the objective of every plain noise-to-image GAN."""

from types import ModuleType

from gan_tf.gans.family import discriminator_settings, generator_settings
from gan_tf.gans.gradient_penalty import gradient_penalty
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, NoiseToImage
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.objective import Losses


def unconditional_gan(
    networks: ModuleType,
    image_shape: tuple[int, int, int],
    num_classes: int,
    *,
    latent_dim: int,
    loss: str,
    settings: NetworkOptions,
    **choices,
) -> "AdversarialGan":
    """A family without labels whose images lie in -1..1.

    Args:
      networks: has ``build_generator`` and ``build_discriminator``.
      image_shape, num_classes, latent_dim, loss, settings: see
        ``gan_tf.gans.family.FamilyBuilder``.
      choices: further ones of ``gan_tf.gans.noise_to_image.NoiseToImage``.
    """
    of_generator = generator_settings(settings)
    of_discriminator = discriminator_settings(settings, loss)
    return AdversarialGan(
        lambda: networks.build_generator(image_shape, latent_dim, of_generator),
        lambda: networks.build_discriminator(image_shape, of_discriminator),
        conditional=False,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(-1.0, 1.0),
        loss=loss,
        **choices,
    )


class AdversarialGan(NoiseToImage):
    """A family whose discriminator gives one logit; families differ in their networks alone.

    The discriminator of a conditional family is called with ``[image, y]``.
    """

    def losses(self, update, batch, noise):
        """Losses of an update; the batch has ``image`` and ``label``."""
        self._prepare_discriminator(update)
        fake_images, fake_labels = self._generated(batch["label"], noise)
        fake = self._with_labels(fake_images, fake_labels)
        fake_logits = self._discriminate(fake, noise, "fake")
        totals, metrics = {}, {}
        if DISCRIMINATOR in update.groups:
            real = self._with_labels(batch["image"], batch["label"])
            totals[DISCRIMINATOR], metrics = self._discriminator_loss(
                self._discriminate(real, noise, "real"),
                fake_logits,
                lambda: gradient_penalty(
                    lambda points: self._discriminate(points, noise, "between"), real, fake, noise
                ),
            )
            metrics["loss/discriminator"] = totals[DISCRIMINATOR]
        if GENERATOR in update.groups:
            totals[GENERATOR] = self._loss.generator(fake_logits)
            metrics["loss/generator"] = totals[GENERATOR]
        return Losses(totals, metrics)

    def _with_labels(self, images, labels):
        return [images, self._one_hot(labels)] if self.conditional else [images]
