"""Adversarial losses, which are functions of logits listed in ``LOSSES``."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class AdversarialLoss(NamedTuple):
    """The losses of both networks, float32 scalars averaged over the batch.

    Attributes:
      discriminator: (real_logits, fake_logits), float32 [batch, 1] each -> loss.
      generator: (real_logits, fake_logits) -> loss.
      gradient_penalty: weight of the gradient penalty in the discriminator's loss.
      probability: maps the logits of an optimal discriminator to the probability of "real"; None
        if there is no such function.
      is_relative: whether the generator's loss depends on real images.
    """

    discriminator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    gradient_penalty: float = 0.0
    probability: Callable[[tf.Tensor], tf.Tensor] | None = None
    is_relative: bool = False

    def readings(self, **logits: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the mean probability of "real", or mean logit, of each named part of a batch."""
        name, convert = "probability", self.probability
        if convert is None:
            name, convert = "score", tf.identity
        return {f"{name}/{part}": tf.reduce_mean(convert(x)) for part, x in logits.items()}


def _cross_entropy(logits: tf.Tensor, label: float) -> tf.Tensor:
    labels = tf.fill(tf.shape(logits), label)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


NON_SATURATING = AdversarialLoss(
    discriminator=lambda real, fake: _cross_entropy(real, 1.0) + _cross_entropy(fake, 0.0),
    generator=lambda _, fake: _cross_entropy(fake, 1.0),
    probability=tf.sigmoid,
)
"""Goodfellow et al., "Generative Adversarial Nets" (2014), section 3; [Baker2018], section 5.4."""

LEAST_SQUARES = AdversarialLoss(
    discriminator=lambda real, fake: (
        0.5 * tf.reduce_mean((real - 1.0) ** 2) + 0.5 * tf.reduce_mean(fake**2)
    ),
    generator=lambda _, fake: 0.5 * tf.reduce_mean((fake - 1.0) ** 2),
    # For densities p and q of real and fake images, p (D - 1)^2 + q D^2 is minimal at
    # D = p / (p + q).
    probability=tf.identity,
)
"""Mao et al., "Least Squares Generative Adversarial Networks" (2017), equation 9."""

HINGE = AdversarialLoss(
    discriminator=lambda real, fake: (
        tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))
    ),
    generator=lambda _, fake: -tf.reduce_mean(fake),
)
"""Lim and Ye, "Geometric GAN" (2017); Miyato et al., "Spectral Normalization" (2018), eq. 16-17."""

WASSERSTEIN = AdversarialLoss(
    discriminator=lambda real, fake: tf.reduce_mean(fake) - tf.reduce_mean(real),
    generator=lambda _, fake: -tf.reduce_mean(fake),
    gradient_penalty=10.0,
)
"""Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), equation 3."""

RELATIVISTIC = AdversarialLoss(
    discriminator=lambda real, fake: _cross_entropy(real - fake, 1.0),
    generator=lambda real, fake: _cross_entropy(fake - real, 1.0),
    is_relative=True,
)
"""Jolicoeur-Martineau, "The Relativistic Discriminator" (2018), section 4.1 (RpGAN): an image is
judged against one of the other kind. Huang et al., "The GAN is Dead; Long Live the GAN!" (2024)
show that it keeps variety, with R1 and R2 penalties."""

LOSSES = {
    "non_saturating": NON_SATURATING,
    "least_squares": LEAST_SQUARES,
    "hinge": HINGE,
    "wasserstein": WASSERSTEIN,
    "relativistic": RELATIVISTIC,
}
