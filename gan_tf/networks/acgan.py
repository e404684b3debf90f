"""The ACGAN that [Fossen2020] uses: class-conditional images, which D also classifies.

Source: "Synthesizing Skin Lesion Images Using Generative Adversarial Networks" (2020), sections
4.2.2 and 6.2.2, which give the objective but no architecture and cite Odena et al., "Conditional
Image Synthesis with Auxiliary Classifier GANs" (2017). The networks are those of its table 1, for
128 pixels; other sizes have the same layers and a first feature map of another size.

Our choices, where neither specifies one: batch normalization with decay 0.9 and epsilon 1e-5; the
one-hot label is appended to the latent vector. Left out: noise added to activations (0, 0.1 or 0.2
there).
"""

import keras

from gan_tf.networks.layer_maker import LayerMaker, normal
from gan_tf.networks.layers import NetworkOptions, Normalization

KERNEL_SIZE = 3
DROPOUT_RATE = 0.5
NORMALIZATION = Normalization(momentum=0.9, epsilon=1e-5)


def build_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int,
    options: NetworkOptions,
) -> keras.Model:
    """Build the generator: (z, y) -> image in -1..1.

    With 128x128x3 images, 8 classes and a latent vector of 100 it has 16,433,667 trainable
    parameters.

    Args:
      image_shape: height, width (multiples of 16), channels.
      num_classes: length of the one-hot label y.
      latent_dim: length of z.
      options: shared by all layers.

    Returns:
      A model called with ``[z, y]``, float [batch, latent_dim] and [batch, num_classes]; returns
      float32 images.
    """
    layers = LayerMaker(options, NORMALIZATION, normal)
    rows, columns, channels = image_shape
    start = (rows // 16, columns // 16, layers.scaled(768))
    z = keras.Input([latent_dim], name="z")
    y = keras.Input([num_classes], name="y")
    x = layers.dense(layers.concatenated([z, y]), start[0] * start[1] * start[2], "relu")
    x = layers.reshaped(x, start)
    for filters in (384, 256, 192):
        x = layers.normalized_relu(layers.transposed_convolution(x, layers.scaled(filters)))
    return layers.model([z, y], layers.transposed_image(x, channels), "generator")


def build_discriminator(
    image_shape: tuple[int, int, int], num_classes: int, options: NetworkOptions
) -> keras.Model:
    """Build the discriminator: image -> logit of "real", logits of the classes.

    With 128x128x3 images and 8 classes it has 2,754,409 trainable parameters.

    Args:
      image_shape: height, width, channels.
      num_classes: number of class logits.
      options: shared by all layers.

    Returns:
      A model called with ``[image, *uniform]``, one tensor of uniform numbers per dropout layer
      (see ``gan_tf.networks.dropout``); returns float32 [batch, 1] and [batch, num_classes].
    """
    layers = LayerMaker(options, NORMALIZATION, normal)
    image = keras.Input(image_shape, name="image")
    x = layers.convolution(image, layers.scaled(16), KERNEL_SIZE, strides=2)
    x = layers.dropout(layers.leaky_relu(x), DROPOUT_RATE)
    for filters, strides in ((32, 1), (64, 2), (128, 1), (256, 2), (512, 1)):
        x = layers.convolution(x, layers.scaled(filters), KERNEL_SIZE, strides)
        x = layers.dropout(layers.leaky_relu(layers.normalized(x)), DROPOUT_RATE)
    x = layers.flattened(x)
    outputs = [layers.logits(x), layers.logits(x, num_classes)]
    return layers.model([image], outputs, "discriminator")
