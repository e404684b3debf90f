"""The conditional DCGAN of [Baker2018]: images of a given class.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), tables 5.1
and 5.2, section 5.4: one discriminator update and two generator updates per batch, Adam with
learning rate 2e-4 and beta1 0.5.
"""

from gan_tf.gans.adversarial import conditional_gan
from gan_tf.gans.family import require_multiple
from gan_tf.networks import cdcgan as networks


def cdcgan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    require_multiple(image_shape, 4, options)
    return conditional_gan(networks, image_shape, class_counts, options, pixel_range=(0.0, 1.0))
