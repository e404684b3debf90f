"""The conditional DCGAN of [Baker2018]: images of a wanted class.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), tables 5.1
and 5.2, section 5.4: one discriminator update and two generator updates a batch, Adam 2e-4 with
beta1 0.5.
"""

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import discriminator_settings, generator_settings, require_edges
from gan_tf.networks import cdcgan


def conditional_dcgan(
    image_shape, num_classes, *, latent_dim, loss, settings, label_probabilities=None
):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    require_edges(image_shape, 4, "cdcgan")
    of_generator = generator_settings(settings)
    of_discriminator = discriminator_settings(settings, loss)
    return AdversarialGan(
        lambda: cdcgan.build_generator(image_shape, num_classes, latent_dim, of_generator),
        lambda: cdcgan.build_discriminator(image_shape, num_classes, of_discriminator),
        conditional=True,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(0.0, 1.0),
        loss=loss,
        label_probabilities=label_probabilities,
    )
