"""One generator against one discriminator: the objective of every plain noise-to-image GAN."""

from gan_tf.gans.gradient_penalty import gradient_penalty
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, NoiseToImage
from gan_tf.training.objective import Losses


class AdversarialGan(NoiseToImage):
    """A family whose discriminator gives one logit; families differ in their networks alone.

    The discriminator of a conditional family is called with ``[image, y]``.
    """

    def losses(self, update, batch, noise):
        """Losses of an update; the batch has ``image`` and ``label``."""
        self._prepare_discriminator(update)
        fake_images, fake_labels = self._generated(batch["label"], noise)
        fake = self._with_labels(fake_images, fake_labels)
        fake_logits = self._judged(fake, noise, "fake")
        totals, metrics = {}, {}
        if DISCRIMINATOR in update.groups:
            real = self._with_labels(batch["image"], batch["label"])
            totals[DISCRIMINATOR], metrics = self._discriminator_loss(
                self._judged(real, noise, "real"),
                fake_logits,
                lambda: gradient_penalty(
                    lambda points: self._judged(points, noise, "between"), real, fake, noise
                ),
            )
            metrics["loss/discriminator"] = totals[DISCRIMINATOR]
        if GENERATOR in update.groups:
            totals[GENERATOR] = self._loss.generator(fake_logits)
            metrics["loss/generator"] = totals[GENERATOR]
        return Losses(totals, metrics)

    def _with_labels(self, images, labels):
        return [images, self._one_hot(labels)] if self.conditional else [images]
