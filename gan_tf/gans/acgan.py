"""The ACGAN of [Fossen2020]: its discriminator also classifies the images.

Source: Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs" (2017), section
3; [Fossen2020], section 4.2.2: the discriminator maximizes L_S + L_C, the generator L_C - L_S.
"""

import tensorflow as tf

from gan_tf.gans.adversarial import conditional_gan
from gan_tf.gans.family import require_multiple
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR, NoiseToImage
from gan_tf.networks import acgan as networks
from gan_tf.training.objective import Losses


def acgan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    require_multiple(image_shape, 16, options)
    return conditional_gan(
        networks, image_shape, class_counts, options, objective=AuxiliaryClassifierGan
    )


class AuxiliaryClassifierGan(NoiseToImage):
    """A family whose discriminator returns a logit of "real" and class logits.

    The source loss, -L_S, is one of ``gan_tf.gans.losses``. The non-saturating loss is the paper's
    except that the generator maximizes log P(real | fake) instead of minimizing
    log P(fake | fake), as in Goodfellow et al. (2014). The class loss, -L_C, is the sum of the
    cross-entropies of real and fake images; the real term has no gradient with respect to the
    generator.

    Our choice: the discriminator normalizes real and fake images as one batch, in generator updates
    too. Separate normalization would hide differences in contrast and color between the two; with
    it, checkerboards passed for skin.
    """

    def losses(self, update, batch, noise):
        """Return the losses of an update; the batch has ``image`` and ``label``."""
        self._prepare_discriminator(update)
        fake_images, fake_labels = self._generate(batch["label"], noise)
        real = [self._shown_real(batch["image"], noise)]
        fake = [self._augmented(fake_images, noise, "fake")]
        real_logits, fake_logits, real_classes, fake_classes = self._discriminate_jointly(
            real, fake, noise
        )
        fake_class_loss = _cross_entropy(fake_labels, fake_classes)
        metrics = {"class_accuracy/fake": _accuracy(fake_labels, fake_classes)}
        totals, state = {}, {}
        if DISCRIMINATOR in update.groups:
            source_loss, source_metrics, state = self._discriminator_loss(
                real, fake, real_logits, fake_logits, noise
            )
            class_loss = _cross_entropy(batch["label"], real_classes) + fake_class_loss
            metrics["class_accuracy/real"] = _accuracy(batch["label"], real_classes)
            metrics |= source_metrics | _loss_metrics("discriminator", source_loss, class_loss)
            totals[DISCRIMINATOR] = metrics["loss/discriminator"]
        if GENERATOR in update.groups:
            source_loss, terms = self._generator_loss(real_logits, fake_logits)
            metrics |= terms | _loss_metrics("generator", source_loss, fake_class_loss)
            totals[GENERATOR] = metrics["loss/generator"]
        return Losses(totals, metrics, state)

    def _critic(self, inputs, noise, name):
        return self._discriminate(inputs, noise, name)[0]

    def _score(self, real, fake, noise):
        return self._discriminate_jointly(real, fake, noise)[:2]

    def _discriminate_jointly(self, real, fake, noise):
        """Return source logits of real and fake images from one batch, then their class logits."""
        halves = [
            self._with_dropout(inputs, noise, name)
            for name, inputs in (("real", real), ("fake", fake))
        ]
        inputs = [tf.concat(pair, axis=0) for pair in zip(*halves, strict=True)]
        source, classes = self.networks["discriminator"](inputs, training=True)
        return *tf.split(source, 2), *tf.split(classes, 2)


def _loss_metrics(network, source_loss, class_loss):
    """Return the loss that a network minimizes and its two terms."""
    return {
        f"loss/{network}": source_loss + class_loss,
        f"source_loss/{network}": source_loss,
        f"class_loss/{network}": class_loss,
    }


def _cross_entropy(labels, logits):
    """Return -log P(label), averaged over the batch."""
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def _accuracy(labels, logits):
    """Return the share of examples whose most likely class is their label."""
    is_correct = tf.equal(tf.argmax(logits, axis=-1, output_type=labels.dtype), labels)
    return tf.reduce_mean(tf.cast(is_correct, tf.float32))
