"""The networks of the CycleGAN: a residual generator and a PatchGAN discriminator.

Source: Zhu et al., "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks" (2017), sections 4 and 7.2, with its layer names: c7s1-k is a 7x7 convolution of stride 1
with k filters, dk a 3x3 convolution of stride 2, Rk a residual block, uk a 3x3 transposed
convolution of stride 2, Ck a 4x4 convolution. Weights come from N(0, 0.02), biases are 0. As in the
authors' published code, instance normalization (Ulyanov et al., "Instance Normalization: The
Missing Ingredient for Fast Stylization", 2016) has no weights, convolutions have biases, and the
discriminator pads by one pixel.
"""

import keras
import tensorflow as tf

from gan_tf.networks.layer_maker import LayerMaker, normal
from gan_tf.networks.layers import NetworkOptions, Normalization

EPSILON = 1e-5
LARGE_EDGE = 128


def num_residual_blocks(image_shape: tuple[int, int, int]) -> int:
    """Return six up to 128 pixels, nine above (section 7.2)."""
    return 6 if max(image_shape[:2]) <= LARGE_EDGE else 9


class CycleganLayers(LayerMaker):
    """The layers of one network, without padding unless a method says otherwise.

    Args:
      options: shared by all layers.
    """

    def __init__(self, options: NetworkOptions):
        # Instance normalization replaces the batch normalization of the base class.
        super().__init__(options, Normalization(momentum=0.0, epsilon=EPSILON), normal)

    def convolution(self, x, filters: int, kernel_size: int, strides: int = 1, **options):
        """Apply a convolution, by default without padding."""
        return self._layer(keras.layers.Conv2D, filters, kernel_size, strides, **options)(x)

    def halved(self, x, filters: int):
        """Apply dk: halve the height and width of a feature map."""
        return self.convolution(x, filters, 3, strides=2, padding="same")

    def doubled(self, x, filters: int):
        """Apply uk: double the height and width of a feature map."""
        return self._layer(keras.layers.Conv2DTranspose, filters, 3, 2, "same")(x)

    def reflected(self, x, margin: int):
        """Pad a feature map by reflection."""
        return ReflectionPadding(margin, dtype=self._dtype)(x)

    def zero_padded(self, x):
        """Pad a feature map by one zero on each side."""
        return self.padded(x, ((1, 1), (1, 1)))

    def normalized(self, x):
        """Apply instance normalization."""
        return InstanceNormalization(dtype=self._dtype)(x)

    def residual(self, x):
        """Apply Rk: add two 3x3 convolutions to the input."""
        filters = x.shape[-1]
        y = self.normalized_relu(self.convolution(self.reflected(x, 1), filters, 3))
        y = self.normalized(self.convolution(self.reflected(y, 1), filters, 3))
        return keras.layers.Add(dtype=self._dtype)([x, y])


def build_generator(
    image_shape: tuple[int, int, int], num_blocks: int, options: NetworkOptions
) -> keras.Model:
    """Build the generator: image -> image of the other domain, both in -1..1.

    c7s1-64, d128, d256, ``num_blocks`` times R256, u128, u64, c7s1-3 and tanh. With 3 channels it
    has 7,837,699 trainable parameters with six residual blocks and 11,378,179 with nine.

    Args:
      image_shape: height, width (multiples of 4), channels.
      num_blocks: number of residual blocks, see ``num_residual_blocks``.
      options: shared by all layers.

    Returns:
      A model called with images, float [batch, height, width, channels]; returns float32 images of
      the same shape.
    """
    layers = CycleganLayers(options)
    image = keras.Input(image_shape, name="image")
    x = layers.convolution(layers.reflected(image, 3), layers.scaled(64), 7)
    x = layers.normalized_relu(x)
    for filters in (128, 256):
        x = layers.normalized_relu(layers.halved(x, layers.scaled(filters)))
    for _ in range(num_blocks):
        x = layers.residual(x)
    for filters in (128, 64):
        x = layers.normalized_relu(layers.doubled(x, layers.scaled(filters)))
    x = layers.reflected(x, 3)
    translated = layers.convolution(x, image_shape[-1], 7, activation="tanh", dtype="float32")
    return keras.Model(image, translated, name="generator")


def build_discriminator(image_shape: tuple[int, int, int], options: NetworkOptions) -> keras.Model:
    """Build the discriminator: image -> a score of "real" for each overlapping 70x70 patch.

    C64 without normalization, C128, C256 of stride 2, C512 of stride 1 and one filter of stride 1.
    With 3 channels it has 2,764,737 trainable parameters; 256 pixels give 30x30 scores.

    Args:
      image_shape: height, width (at least 24), channels.
      options: shared by all layers.

    Returns:
      A model called with images; returns float32 [batch, rows, columns, 1].
    """
    layers = CycleganLayers(options)
    image = keras.Input(image_shape, name="image")
    x = layers.convolution(layers.zero_padded(image), layers.scaled(64), 4, strides=2)
    x = layers.leaky_relu(x)
    for filters, strides in ((128, 2), (256, 2), (512, 1)):
        x = layers.convolution(layers.zero_padded(x), layers.scaled(filters), 4, strides=strides)
        x = layers.normalized_leaky_relu(x)
    scores = layers.convolution(layers.zero_padded(x), 1, 4, dtype="float32")
    return keras.Model(image, scores, name="discriminator")


class InstanceNormalization(keras.layers.Layer):
    """Normalization of each channel of each image to mean 0 and variance 1, without weights.

    Equal to ``keras.layers.GroupNormalization`` with one channel per group and no weights, with a
    third of its operations. Statistics are always float32.
    """

    def call(self, inputs):
        """Normalize features, float [batch, height, width, channels]."""
        x = tf.cast(inputs, tf.float32)
        mean, variance = tf.nn.moments(x, axes=[1, 2], keepdims=True)
        return tf.cast((x - mean) * tf.math.rsqrt(variance + EPSILON), inputs.dtype)


class ReflectionPadding(keras.layers.Layer):
    """Padding that mirrors the image at its outermost pixels, which are not repeated.

    Call it with [batch, height, width, channels]; it returns [batch, height + 2 * margin, ...].

    Args:
      margin: pixels on each side, less than height and width.
      options: passed to ``keras.layers.Layer``.
    """

    def __init__(self, margin: int, **options):
        super().__init__(**options)
        self._margin = margin

    def call(self, inputs):
        """Pad images; see the class."""
        sides = [self._margin, self._margin]
        return tf.pad(inputs, [[0, 0], sides, sides, [0, 0]], "REFLECT")
