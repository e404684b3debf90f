"""The DCGAN of document B: one kind of image, no labels."""

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import discriminator_settings, generator_settings, require_edges
from gan_tf.networks import dcgan as networks


def dcgan(image_shape, num_classes, *, latent_dim, loss, settings, label_probabilities=None):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    require_edges(image_shape, 16, "dcgan")
    of_generator = generator_settings(settings)
    of_discriminator = discriminator_settings(settings, loss)
    return AdversarialGan(
        lambda: networks.build_generator(image_shape, latent_dim, of_generator),
        lambda: networks.build_discriminator(image_shape, of_discriminator),
        conditional=False,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(-1.0, 1.0),
        loss=loss,
        label_probabilities=label_probabilities,
    )
