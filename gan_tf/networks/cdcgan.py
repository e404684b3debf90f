"""The conditional DCGAN of [Baker2018], tables 5.1 and 5.2.

The label enters before every layer: appended to vectors, as constant planes to feature maps.
"""

import keras

from gan_tf.networks.dcgan import CONVOLUTION, dcgan_layers
from gan_tf.networks.layers import NetworkOptions


def build_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int,
    options: NetworkOptions,
) -> keras.Model:
    """Build the generator: (z, y) -> image in 0..1.

    With 28x28x1 images, 10 classes and a latent vector of 100 it has 7,065,211 trainable
    parameters.

    Args:
      image_shape: height, width (multiples of 4), channels.
      num_classes: length of the one-hot label y.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with ``[z, y]``, float [batch, latent_dim] and [batch, num_classes]; returns
      float32 [batch, height, width, channels].
    """
    layers = dcgan_layers(options)
    rows, columns, channels = image_shape
    filters = layers.scaled(128)
    z = keras.Input([latent_dim], name="z")
    y = keras.Input([num_classes], name="y")
    x = layers.normalized_relu(layers.dense(layers.concatenated([z, y]), layers.scaled(1024)))
    start = (rows // 4, columns // 4, filters)
    x = layers.dense(layers.concatenated([x, y]), start[0] * start[1] * start[2])
    x = layers.reshaped(layers.normalized_relu(x), start)
    x = layers.normalized_relu(layers.label_transposed_convolution(x, y, filters))
    image = layers.label_transposed_image(x, y, channels, "sigmoid")
    return keras.Model([z, y], image, name="generator")


def build_discriminator(
    image_shape: tuple[int, int, int], num_classes: int, options: NetworkOptions
) -> keras.Model:
    """Build the discriminator: (image, y) -> logit of "real".

    With 28x28x1 images and 10 classes it has 3,769,479 trainable parameters.

    Args:
      image_shape: height, width, channels.
      num_classes: length of the one-hot label y. The first convolution has channels + num_classes
        filters, the second 64 + num_classes (11 and 74 in [Baker2018]).
      options: shared by all layers.

    Returns:
      A model called with ``[image, y]``; returns float32 [batch, 1].
    """
    layers = dcgan_layers(options)
    image = keras.Input(image_shape, name="image")
    y = keras.Input([num_classes], name="y")
    x = layers.label_convolution(image, y, image_shape[-1] + num_classes, **CONVOLUTION)
    x = layers.label_convolution(
        layers.leaky_relu(x), y, layers.scaled(64) + num_classes, **CONVOLUTION
    )
    x = layers.normalized_leaky_relu(x)
    x = layers.concatenated([layers.flattened(x), y])
    x = layers.normalized_leaky_relu(layers.dense(x, layers.scaled(1024)))
    return keras.Model([image, y], layers.logits(layers.concatenated([x, y])), name="discriminator")
