"""The upsampling DCGAN of [Segura2019]: upsampling instead of transposed convolutions.

Source: "Implementación de Redes Generativas Adversarias (GANs) para la generación de imágenes de
tejido humano" (2019), figures 13 and 14. Whatever it leaves to Keras has Keras' defaults:
Glorot weights, batch normalization with momentum 0.99 and epsilon 1e-3.

Deviations: the discriminator returns logits, without the sigmoid, and the loss takes logits;
channels are last, so that batch normalization is per channel.
"""

import keras

from gan_tf.networks.layer_maker import LayerMaker
from gan_tf.networks.layers import NetworkOptions, Normalization

KERNEL_SIZE = 4
DROPOUT_RATE = 0.2
NORMALIZATION = Normalization(momentum=0.99, epsilon=1e-3)


def build_generator(
    image_shape: tuple[int, int, int], latent_dim: int, options: NetworkOptions
) -> keras.Model:
    """Build the generator: z -> image in -1..1.

    With 64x64x3 images and a latent vector of 100 it has 12,706,435 trainable parameters.

    Args:
      image_shape: height, width (multiples of 16), channels.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with z, float [batch, latent_dim]; returns float32 images.
    """
    layers = LayerMaker(options, NORMALIZATION)
    rows, columns, channels = image_shape
    start = (rows // 16, columns // 16, layers.scaled(1024))
    z = keras.Input([latent_dim], name="z")
    x = layers.normalized_relu(layers.dense(z, start[0] * start[1] * start[2]))
    x = layers.reshaped(x, start)
    for filters in (512, 256, 128):
        x = layers.convolution(layers.upsampled(x), layers.scaled(filters), KERNEL_SIZE)
        x = layers.normalized_relu(x)
    image = layers.image(layers.upsampled(x), channels, KERNEL_SIZE)
    return layers.model([z], image, "generator")


def build_discriminator(image_shape: tuple[int, int, int], options: NetworkOptions) -> keras.Model:
    """Build the discriminator: image -> logit of "real".

    With 64x64x3 images it has 11,034,497 trainable parameters. It has no normalization.

    Args:
      image_shape: height, width (multiples of 16), channels.
      options: shared by all layers.

    Returns:
      A model called with ``[image, *uniform]``, one tensor of uniform numbers per dropout layer
      (see ``gan_tf.networks.dropout``); returns float32 [batch, 1].
    """
    layers = LayerMaker(options, NORMALIZATION)
    image = x = keras.Input(image_shape, name="image")
    for filters in (128, 256, 512, 1024):
        x = layers.convolution(x, layers.scaled(filters), KERNEL_SIZE, strides=2)
        x = layers.dropout(layers.leaky_relu(x), DROPOUT_RATE)
    return layers.model([image], layers.logits(layers.flattened(x)), "discriminator")
