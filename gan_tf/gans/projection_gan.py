"""The projection GAN: images of a requested class, from few images too.

Source: Miyato and Koyama, "cGANs with Projection Discriminator" (2018). See
``gan_tf.networks.projection_gan`` for the networks and their deviations.

Deviation: by default the non-saturating loss with an R1 penalty (Mescheder et al., 2018) in place
of the hinge loss with spectral normalization, because its images train better classifiers
(docs/decisions/gans.md); ``--loss=hinge --spectral_norm --r1_weight=0`` is the paper's.
"""

from data_tools.errors import InputError
from gan_tf.gans.adversarial import conditional_gan
from gan_tf.inputs.training_images import resize_command
from gan_tf.networks import projection_gan as networks


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
    return conditional_gan(networks, image_shape, class_counts, options)
