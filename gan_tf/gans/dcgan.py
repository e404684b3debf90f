"""The DCGAN of [Baker2018], without labels.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), tables 5.3
and 5.4, section 5.4: one discriminator update and two generator updates per batch, Adam with
learning rate 2e-4 and beta1 0.5.
"""

from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.family import require_multiple
from gan_tf.networks import dcgan as networks


def dcgan(image_shape, class_counts, options):
    """Build the family; see ``gan_tf.gans.family.FamilyBuilder``."""
    require_multiple(image_shape, 16, options)
    return unconditional_gan(networks, image_shape, class_counts, options)
