"""The DCGAN of [Baker2018], tables 5.3 and 5.4, for 64 and 128 pixels."""

import keras

from gan_tf.networks.dcgan_layers import CONVOLUTION, dcgan_layers
from gan_tf.networks.layers import NetworkSettings


def build_generator(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    settings: NetworkSettings,
) -> keras.Model:
    """The generator: z -> image in -1..1.

    With 64x64x3 images and 100 latent numbers it has 5,135,363 trainable parameters; larger images
    have the same layers and a larger start (8x8 at 128 pixels).

    Args:
      image_shape: height, width (multiples of 16), channels.
      latent_dim: length of z.
      settings: what the layers share.

    Returns:
      A model called with z, float [batch, latent_dim]; gives float32 images.
    """
    layers = dcgan_layers(settings)
    rows, columns, channels = image_shape
    filters = layers.scaled(64)
    z = keras.Input([latent_dim], name="z")
    start = (rows // 16, columns // 16, 8 * filters)
    x = layers.reshaped(layers.dense(z, start[0] * start[1] * start[2]), start)
    x = layers.normalized_relu(x)
    for multiple in (4, 2, 1):
        x = layers.normalized_relu(layers.transposed_convolution(x, multiple * filters))
    return keras.Model(z, layers.transposed_image(x, channels), name="generator")


def build_discriminator(
    image_shape: tuple[int, int, int], settings: NetworkSettings
) -> keras.Model:
    """The discriminator: image -> logit of "real".

    With 64x64x3 images it has 4,316,545 trainable parameters.

    Args:
      image_shape: height, width (multiples of 16), channels.
      settings: what the layers share.

    Returns:
      A model called with images, float [batch, height, width, channels]; gives float32 [batch, 1].
    """
    layers = dcgan_layers(settings)
    filters = layers.scaled(64)
    image = keras.Input(image_shape, name="image")
    x = layers.leaky_relu(layers.convolution(image, filters, **CONVOLUTION))
    for multiple in (2, 4, 8):
        x = layers.normalized_leaky_relu(layers.convolution(x, multiple * filters, **CONVOLUTION))
    return keras.Model(image, layers.logits(layers.flattened(x)), name="discriminator")
