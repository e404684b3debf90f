"""The upsampling DCGAN of document A: one kind of image, no labels."""

import warnings

from data_tools.errors import Caution
from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import discriminator_settings, generator_settings, require_edges
from gan_tf.networks import upsampling_dcgan as networks

# Document A trained 64 and 128 pixels; its run at this edge never left the margin loop.
DOUBTFUL_EDGE = 512


def upsampling_dcgan(
    image_shape, num_classes, *, latent_dim, loss, settings, label_probabilities=None
):
    """See ``gan_tf.gans.family.FamilyBuilder``; warns of images that are very large."""
    require_edges(image_shape, 16, "upsampling_dcgan")
    if max(image_shape[:2]) >= DOUBTFUL_EDGE:
        warnings.warn(
            f"--gan=upsampling_dcgan at {image_shape[1]}x{image_shape[0]} pixels: the one such run "
            "on record never came to an end, and memory grows with the area; try "
            "--dry_run, or smaller images",
            Caution,
            stacklevel=2,
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
