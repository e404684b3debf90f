"""The conditional DCGAN of document B: images of a wanted class."""

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import require_edges
from gan_tf.networks import cdcgan
from gan_tf.networks.dcgan_layers import DcganLayers
from gan_tf.training.noise import derived_seed


def conditional_dcgan(
    image_shape,
    num_classes,
    *,
    latent_dim,
    loss,
    seed,
    width=1.0,
    dtype="float32",
    synchronized=False,
):
    """See ``gan_tf.gans.family.FamilyBuilder``."""
    require_edges(image_shape, 4, "cdcgan")

    def layers(network):
        return DcganLayers(derived_seed(seed, network), dtype, synchronized)

    return AdversarialGan(
        lambda: cdcgan.build_generator(
            image_shape, num_classes, latent_dim, layers("generator"), width=width
        ),
        lambda: cdcgan.build_discriminator(
            image_shape, num_classes, layers("discriminator"), width=width
        ),
        conditional=True,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(0.0, 1.0),
        loss=loss,
    )
