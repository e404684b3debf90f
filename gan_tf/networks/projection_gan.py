"""Networks of the projection GAN, for images of 8 pixels or more.

Source: Miyato and Koyama, "cGANs with Projection Discriminator" (2018), sections 3 and 4; Miyato et
al., "Spectral Normalization for Generative Adversarial Networks" (2018), table 3, for the
discriminator's alternation of 3x3 and strided 4x4 convolutions. The label reaches the generator
through its batch normalization alone and the discriminator through an inner product with the last
features.

Deviations, for the sake of small images on CPUs: plain layers in place of residual blocks, from 32
channels at full size, doubled where height and width are halved, up to 256; leaky ReLU (0.2) in
place of ReLU in the discriminator.
"""

import keras

from gan_tf.networks.layer_maker import LayerMaker
from gan_tf.networks.layers import NetworkOptions, Normalization

NORMALIZATION = Normalization(momentum=0.99, epsilon=1e-5)
# The generator starts, and the discriminator ends, with at most so many rows and columns.
SMALLEST_MAP = 8
MAX_CHANNELS = 256


def _halvings(image_shape: tuple[int, int, int]) -> int:
    """Return how often to halve an image, at least once, until no edge exceeds ``SMALLEST_MAP``.

    >>> [_halvings((edge, edge, 1)) for edge in (8, 28, 32, 36, 64, 100, 128)]
    [1, 2, 2, 3, 3, 4, 4]
    """
    edge = max(image_shape[:2])
    return max(1, (-(-edge // SMALLEST_MAP) - 1).bit_length())


def _channels(halvings: int) -> list[int]:
    """Return the channels after 0, 1, ... halvings.

    >>> _channels(4)
    [32, 64, 128, 256, 256]
    """
    return [min(32 * 2**halving, MAX_CHANNELS) for halving in range(halvings + 1)]


def build_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int,
    options: NetworkOptions,
) -> keras.Model:
    """Build the generator: (z, y) -> image in -1..1.

    With 28x28x1 images, 10 classes and a latent vector of 32 it has 304,001 trainable parameters.

    Args:
      image_shape: height and width (those that are not a multiple of the smallest map are cropped
        from a larger one), channels.
      num_classes: length of the one-hot label y.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with ``[z, y]``, float [batch, latent_dim] and [batch, num_classes]; returns
      float32 [batch, height, width, channels].
    """
    layers = LayerMaker(options, NORMALIZATION)
    height, width, channels = image_shape
    halvings = _halvings(image_shape)
    *finer, coarsest = map(layers.scaled, _channels(halvings))
    start = (-(-height // 2**halvings), -(-width // 2**halvings), coarsest)
    z = keras.Input([latent_dim], name="z")
    y = keras.Input([num_classes], name="y")
    x = layers.reshaped(layers.dense(z, start[0] * start[1] * start[2]), start)
    for filters in reversed(finer):
        x = layers.conditional_normalized_relu(x, y)
        x = layers.upsampling_convolution(x, filters)
    x = layers.conditional_normalized_relu(layers.cropped(x, height, width), y)
    return layers.model([z, y], layers.image(x, channels, kernel_size=3), "generator")


def build_discriminator(
    image_shape: tuple[int, int, int], num_classes: int, options: NetworkOptions
) -> keras.Model:
    """Build the discriminator: (image, y) -> logit of "real".

    With 28x28x1 images and 10 classes it has 350,273 trainable parameters. It has no normalization
    but the spectral one.

    Args:
      image_shape: height, width, channels.
      num_classes: length of the one-hot label y.
      options: shared by all layers.

    Returns:
      A model called with ``[image, y]``; returns float32 [batch, 1]. With y of zeros, the logit
      does not depend on a class.
    """
    layers = LayerMaker(options, NORMALIZATION)
    first, *coarser = map(layers.scaled, _channels(_halvings(image_shape)))
    image = keras.Input(image_shape, name="image")
    y = keras.Input([num_classes], name="y")
    x = layers.leaky_relu(layers.convolution(image, first, kernel_size=3))
    for filters in coarser:
        x = layers.leaky_relu(layers.convolution(x, filters, kernel_size=4, strides=2))
        x = layers.leaky_relu(layers.convolution(x, filters, kernel_size=3))
    logits = layers.projected_logits(layers.sum_pooled(x), y)
    return layers.model([image, y], logits, "discriminator")
