"""The ACGAN of [Fossen2020]: the discriminator reads the class from the image.

Source: Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs" (2017), section
3; [Fossen2020], section 4.2.2: the discriminator maximizes L_S + L_C, the generator L_C - L_S.
"""

import tensorflow as tf

from gan_tf.gans.family import discriminator_settings, generator_settings, require_edges
from gan_tf.gans.gradient_penalty import gradient_penalty
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, NoiseToImage
from gan_tf.networks import acgan as networks
from gan_tf.training.objective import Losses


def acgan(image_shape, num_classes, *, latent_dim, loss, settings, label_probabilities=None):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    require_edges(image_shape, 16, "acgan")
    of_generator = generator_settings(settings)
    of_discriminator = discriminator_settings(settings, loss)
    return AuxiliaryClassifierGan(
        lambda: networks.build_generator(image_shape, num_classes, latent_dim, of_generator),
        lambda: networks.build_discriminator(image_shape, num_classes, of_discriminator),
        conditional=True,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(-1.0, 1.0),
        loss=loss,
        label_probabilities=label_probabilities,
    )


class AuxiliaryClassifierGan(NoiseToImage):
    """A family whose discriminator gives a logit of "real" and logits of the classes.

    The loss of the source, -L_S, is the chosen one of ``gan_tf.gans.losses``; non-saturating is the
    paper's but for the generator's part, log P(real | fake) in place of -log P(fake | fake), as in
    Goodfellow et al. (2014). The loss of the class, -L_C, is the sum of the cross-entropies of real
    and of fake images; the first does not reach the generator.

    Our choice: the discriminator normalizes real and fake images as one batch, in the generator's
    updates too. Normalized apart, two batches hide how much they differ in contrast and color, and
    checkerboards were not told from skin.
    """

    def losses(self, update, batch, noise):
        """Losses of an update; the batch has ``image`` and ``label``."""
        self._prepare_discriminator(update)
        fake_images, fake_labels = self._generated(batch["label"], noise)
        real_logits, fake_logits, real_classes, fake_classes = self._discriminate_jointly(
            batch["image"], fake_images, noise
        )
        fake_class_loss = _cross_entropy(fake_labels, fake_classes)
        totals, metrics = {}, {"class_accuracy/fake": _accuracy(fake_labels, fake_classes)}
        if DISCRIMINATOR in update.groups:
            source_loss, found = self._discriminator_loss(
                real_logits,
                fake_logits,
                lambda: gradient_penalty(
                    lambda points: self._discriminate(points, noise, "between")[0],
                    [batch["image"]],
                    [fake_images],
                    noise,
                ),
            )
            class_loss = _cross_entropy(batch["label"], real_classes) + fake_class_loss
            metrics["class_accuracy/real"] = _accuracy(batch["label"], real_classes)
            metrics |= found | _parts("discriminator", source_loss, class_loss)
            totals[DISCRIMINATOR] = metrics["loss/discriminator"]
        if GENERATOR in update.groups:
            source_loss = self._loss.generator(fake_logits)
            metrics |= _parts("generator", source_loss, fake_class_loss)
            totals[GENERATOR] = metrics["loss/generator"]
        return Losses(totals, metrics)

    def _discriminate_jointly(self, real_images, fake_images, noise):
        """Source logits of real and fake images, then their class logits, judged as one batch."""
        halves = [
            self._with_dropout([images], noise, name)
            for name, images in (("real", real_images), ("fake", fake_images))
        ]
        inputs = [tf.concat(pair, axis=0) for pair in zip(*halves, strict=True)]
        source, classes = self.networks["discriminator"](inputs, training=True)
        return *tf.split(source, 2), *tf.split(classes, 2)


def _parts(network, source_loss, class_loss):
    """A network's total, which is minimized, and both of its parts."""
    return {
        f"loss/{network}": source_loss + class_loss,
        f"source_loss/{network}": source_loss,
        f"class_loss/{network}": class_loss,
    }


def _cross_entropy(labels, logits):
    """-log P(label), a mean over the batch."""
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def _accuracy(labels, logits):
    """Share of examples whose most likely class is the label."""
    hits = tf.equal(tf.argmax(logits, axis=-1, output_type=labels.dtype), labels)
    return tf.reduce_mean(tf.cast(hits, tf.float32))
