"""The DCGAN of [Baker2018]: one kind of image, no labels.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), tables 5.3
and 5.4, section 5.4: one discriminator update and two generator updates a batch, Adam 2e-4 with
beta1 0.5.
"""

from gan_tf.gans.adversarial import unconditional_gan
from gan_tf.gans.family import require_edges
from gan_tf.networks import dcgan as networks


def dcgan(image_shape, num_classes, **choices):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    require_edges(image_shape, 16, "dcgan")
    return unconditional_gan(networks, image_shape, num_classes, **choices)
