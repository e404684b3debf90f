"""The upsampling GAN of [Wolyniec2020], for square images of 32, 64, 96 or 128 pixels.

Source: "Detección de lesiones cutáneas en imágenes basado en redes generativas adversarias" (2020),
appendix A.3. Whatever it leaves to Keras has Keras' defaults: Glorot weights, epsilon 1e-3.

Deviation: the discriminator returns logits, without the sigmoid, and the loss takes logits.
"""

import keras

from gan_tf.networks.layer_maker import LayerMaker
from gan_tf.networks.layers import NetworkOptions, Normalization

KERNEL_SIZE = 3
DROPOUT_RATE = 0.25
BASE_EDGE = 32
NORMALIZATION = Normalization(momentum=0.8, epsilon=1e-3)


def build_generator(
    image_shape: tuple[int, int, int], latent_dim: int, options: NetworkOptions
) -> keras.Model:
    """Build the generator: z -> image in -1..1.

    With 64x64x3 images and a latent vector of 100 it has 2,041,475 trainable parameters.

    Args:
      image_shape: height and width, both 32 times the resolution factor, and channels.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with z, float [batch, latent_dim]; returns float32 images.
    """
    layers = LayerMaker(options, NORMALIZATION)
    factor, channels = image_shape[0] // BASE_EDGE, image_shape[-1]
    start = (4, 4, layers.scaled(256))
    z = keras.Input([latent_dim], name="z")
    x = layers.dense(z, start[0] * start[1] * start[2], activation="relu")
    x = layers.reshaped(x, start)
    blocks = [(2, 256), (2, 256), (2, 128)] + ([(factor, 128)] if factor > 1 else [])
    for scale, filters in blocks:
        x = layers.convolution(layers.upsampled(x, scale), layers.scaled(filters), KERNEL_SIZE)
        x = layers.normalized_relu(x)
    return layers.model([z], layers.image(x, channels, KERNEL_SIZE), "generator")


def build_discriminator(image_shape: tuple[int, int, int], options: NetworkOptions) -> keras.Model:
    """Build the discriminator: image -> logit of "real".

    With 64x64x3 images it has 1,611,969 trainable parameters.

    Args:
      image_shape: height, width, channels.
      options: shared by all layers.

    Returns:
      A model called with ``[image, *uniform]``, one tensor of uniform numbers per dropout layer
      (see ``gan_tf.networks.dropout``); returns float32 [batch, 1].
    """
    layers = LayerMaker(options, NORMALIZATION)
    image = keras.Input(image_shape, name="image")
    x = layers.convolution(image, layers.scaled(32), KERNEL_SIZE, strides=2)
    x = layers.dropout(layers.leaky_relu(x), DROPOUT_RATE)
    x = layers.convolution(x, layers.scaled(64), KERNEL_SIZE, strides=2)
    x = layers.padded(x, ((0, 1), (0, 1)))
    x = layers.dropout(layers.leaky_relu(layers.normalized(x)), DROPOUT_RATE)
    for filters, strides in ((128, 2), (256, 1), (512, 1)):
        x = layers.convolution(x, layers.scaled(filters), KERNEL_SIZE, strides)
        x = layers.dropout(layers.leaky_relu(layers.normalized(x)), DROPOUT_RATE)
    return layers.model([image], layers.logits(layers.flattened(x)), "discriminator")
