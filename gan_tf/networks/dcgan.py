"""The DCGAN of [Baker2018], tables 5.3 and 5.4, for 64 and 128 pixels.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), section 5.4:
5x5 kernels of stride 2 with "same" padding; convolution weights from a truncated normal and dense
weights from a normal distribution, both of standard deviation 0.02, biases 0; batch normalization
with decay 0.9 and epsilon 1e-5; leaky slope 0.2.
"""

import keras

from gan_tf.networks.layer_maker import INITIAL_STDDEV, LayerMaker, normal
from gan_tf.networks.layers import NetworkOptions, Normalization
from gan_tf.networks.transposed_convolution import KERNEL_SIZE, STRIDE

CONVOLUTION = {"kernel_size": KERNEL_SIZE, "strides": STRIDE}
NORMALIZATION = Normalization(momentum=0.9, epsilon=1e-5)


def dcgan_layers(options: NetworkOptions) -> LayerMaker:
    """Return a maker of layers with the initializers and constants of [Baker2018]."""
    return LayerMaker(options, NORMALIZATION, _truncated_normal, normal)


def build_generator(
    image_shape: tuple[int, int, int], latent_dim: int, options: NetworkOptions
) -> keras.Model:
    """Build the generator: z -> image in -1..1.

    With 64x64x3 images and a latent vector of 100 it has 5,135,363 trainable parameters; larger
    images have the same layers and a larger first feature map (8x8 at 128 pixels).

    Args:
      image_shape: height, width (multiples of 16), channels.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with z, float [batch, latent_dim]; returns float32 images.
    """
    layers = dcgan_layers(options)
    rows, columns, channels = image_shape
    filters = layers.scaled(64)
    z = keras.Input([latent_dim], name="z")
    start = (rows // 16, columns // 16, 8 * filters)
    x = layers.reshaped(layers.dense(z, start[0] * start[1] * start[2]), start)
    x = layers.normalized_relu(x)
    for multiple in (4, 2, 1):
        x = layers.normalized_relu(layers.transposed_convolution(x, multiple * filters))
    return keras.Model(z, layers.transposed_image(x, channels), name="generator")


def build_discriminator(image_shape: tuple[int, int, int], options: NetworkOptions) -> keras.Model:
    """Build the discriminator: image -> logit of "real".

    With 64x64x3 images it has 4,316,545 trainable parameters.

    Args:
      image_shape: height, width (multiples of 16), channels.
      options: shared by all layers.

    Returns:
      A model called with images, float [batch, height, width, channels]; returns float32
      [batch, 1].
    """
    layers = dcgan_layers(options)
    filters = layers.scaled(64)
    image = keras.Input(image_shape, name="image")
    x = layers.leaky_relu(layers.convolution(image, filters, **CONVOLUTION))
    for multiple in (2, 4, 8):
        x = layers.normalized_leaky_relu(layers.convolution(x, multiple * filters, **CONVOLUTION))
    return keras.Model(image, layers.logits(layers.flattened(x)), name="discriminator")


def _truncated_normal(seed: int) -> keras.Initializer:
    return keras.initializers.TruncatedNormal(stddev=INITIAL_STDDEV, seed=seed)
