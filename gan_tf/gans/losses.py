"""Adversarial losses, which are functions of logits listed in ``LOSSES``."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class AdversarialLoss(NamedTuple):
    """The losses of both networks, float32 scalars averaged over the batch.

    Attributes:
      discriminator: (real_logits, fake_logits), float32 [batch, 1] each -> loss.
      generator: fake_logits -> loss.
      gradient_penalty: weight of the gradient penalty in the discriminator's loss.
      probability: maps the logits of an optimal discriminator to the probability of "real"; None
        if there is no such function.
    """

    discriminator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor], tf.Tensor]
    gradient_penalty: float = 0.0
    probability: Callable[[tf.Tensor], tf.Tensor] | None = None

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
    generator=lambda fake: _cross_entropy(fake, 1.0),
    probability=tf.sigmoid,
)
"""Goodfellow et al., "Generative Adversarial Nets" (2014), section 3; [Baker2018], section 5.4."""

LEAST_SQUARES = AdversarialLoss(
    discriminator=lambda real, fake: (
        0.5 * tf.reduce_mean((real - 1.0) ** 2) + 0.5 * tf.reduce_mean(fake**2)
    ),
    generator=lambda fake: 0.5 * tf.reduce_mean((fake - 1.0) ** 2),
    # For densities p and q of real and fake images, p (D - 1)^2 + q D^2 is minimal at
    # D = p / (p + q).
    probability=tf.identity,
)
"""Mao et al., "Least Squares Generative Adversarial Networks" (2017), equation 9."""

HINGE = AdversarialLoss(
    discriminator=lambda real, fake: (
        tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))
    ),
    generator=lambda fake: -tf.reduce_mean(fake),
)
"""Lim and Ye, "Geometric GAN" (2017); Miyato et al., "Spectral Normalization" (2018), eq. 16-17."""

WASSERSTEIN = AdversarialLoss(
    discriminator=lambda real, fake: tf.reduce_mean(fake) - tf.reduce_mean(real),
    generator=lambda fake: -tf.reduce_mean(fake),
    gradient_penalty=10.0,
)
"""Gulrajani et al., "Improved Training of Wasserstein GANs" (2017), equation 3."""

LOSSES = {
    "non_saturating": NON_SATURATING,
    "least_squares": LEAST_SQUARES,
    "hinge": HINGE,
    "wasserstein": WASSERSTEIN,
}
