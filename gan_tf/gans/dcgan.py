"""The DCGAN of document B: one kind of image, no labels."""

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.family import require_edges
from gan_tf.networks import dcgan as networks
from gan_tf.networks.dcgan_layers import DcganLayers
from gan_tf.training.noise import derived_seed


def dcgan(
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
    require_edges(image_shape, 16, "dcgan")

    def layers(network):
        return DcganLayers(derived_seed(seed, network), dtype, synchronized)

    return AdversarialGan(
        lambda: networks.build_generator(image_shape, latent_dim, layers("generator"), width=width),
        lambda: networks.build_discriminator(image_shape, layers("discriminator"), width=width),
        conditional=False,
        num_classes=num_classes,
        latent_dim=latent_dim,
        pixel_range=(-1.0, 1.0),
        loss=loss,
    )
