"""The upsampling GAN of document E: one kind of image, no labels, 32 to 128 pixels."""

from data_tools.errors import InputError
from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import discriminator_settings, generator_settings
from gan_tf.networks import upsampling_gan as networks

FACTORS = (1, 2, 3, 4)


def upsampling_gan(
    image_shape, num_classes, *, latent_dim, loss, settings, label_probabilities=None
):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    height, width, _ = image_shape
    edges = [factor * networks.BASE_EDGE for factor in FACTORS]
    if height != width or height not in edges:
        raise InputError(
            f"--gan=upsampling_gan takes square images of {', '.join(map(str, edges[:-1]))} or "
            f"{edges[-1]} pixels, not {width}x{height}; resize them with `data_tools convert "
            "--op=resize_images`"
        )
    return AdversarialGan(
        lambda: networks.build_generator(image_shape, latent_dim, generator_settings(settings)),
        lambda: networks.build_discriminator(image_shape, discriminator_settings(settings, loss)),
        conditional=False,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(-1.0, 1.0),
        loss=loss,
        label_probabilities=label_probabilities,
    )
