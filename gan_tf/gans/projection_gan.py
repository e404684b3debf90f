"""The projection GAN: images of a requested class, from few images too.

Source: Miyato and Koyama, "cGANs with Projection Discriminator" (2018). See
``gan_tf.networks.projection_gan`` for the networks and their deviations.

Deviation: by default the non-saturating loss with an R1 penalty (Mescheder et al., 2018) in place
of the hinge loss with spectral normalization, because its images train better classifiers
(docs/decisions/gans.md); ``--loss=hinge --spectral_norm --r1_weight=0`` is the paper's.
"""

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.adversarial import AdversarialGan, conditional_gan
from gan_tf.gans.noise_to_image import DISCRIMINATOR, label_probabilities
from gan_tf.inputs.training_images import NO_LABEL, resize_command
from gan_tf.networks import projection_gan as networks


class ProjectionGan(AdversarialGan):
    """The objective, which takes images without labels too.

    The discriminator judges such an image without the projection on a label. Fake images take the
    place of real ones one by one: in an update of the discriminator, that of an image without a
    label is judged without its label as well. Otherwise a missing label would tell a real image. It
    is generated with a label that is drawn like those of the labeled images. A relative loss
    compares the two in the generator's updates too, and both are judged alike there.
    """

    def __init__(self, build_generator, build_discriminator, class_counts, options, **others):
        super().__init__(build_generator, build_discriminator, class_counts, options, **others)
        self._class_shares = label_probabilities("tempered", 1.0, class_counts)

    def _fake_labels(self, real_labels, noise):
        labels = super()._fake_labels(real_labels, noise)
        drawn = noise.categories("missing label", self._class_shares)
        return tf.where(labels == NO_LABEL, drawn, labels)

    def _shown_labels(self, fake_labels, real_labels, update):
        if DISCRIMINATOR not in update.groups and not self._loss.is_relative:
            return fake_labels
        return tf.where(real_labels == NO_LABEL, NO_LABEL, fake_labels)


def projection_gan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    smallest = networks.SMALLEST_MAP
    height, width, _ = image_shape
    if min(height, width) < smallest:
        enlarged = (max(edge, smallest) for edge in (height, width))
        raise InputError(
            f"--gan=projection_gan takes images of {smallest} pixels or more, not {width}x{height};"
            f" resize them, for example with {resize_command(*enlarged)}"
        )
    return conditional_gan(networks, image_shape, class_counts, options, objective=ProjectionGan)
