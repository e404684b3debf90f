"""A maker of layers that share a source of seeds, a width and a precision."""

from collections.abc import Callable

import keras

from gan_tf.networks.dropout import Dropout
from gan_tf.networks.label_convolutions import LabelConvolution, LabelTransposedConvolution
from gan_tf.networks.layers import NetworkOptions, Normalization, layer_seeds
from gan_tf.networks.spectral import spectral
from gan_tf.networks.transposed_convolution import TransposedConvolution
from gan_tf.networks.upsampling_convolution import UpsamplingConvolution

LEAKY_SLOPE = 0.2
INITIAL_STDDEV = 0.02


def glorot_uniform(seed: int) -> keras.Initializer:
    """Return Keras' default initializer of kernels."""
    return keras.initializers.GlorotUniform(seed)


def normal(seed: int) -> keras.Initializer:
    """Return the initializer of the DCGAN: normal with standard deviation 0.02."""
    return keras.initializers.RandomNormal(stddev=INITIAL_STDDEV, seed=seed)


class LayerMaker:
    """The layers of one network, each with its own initializer seed.

    Each method applies a new layer to its input.

    Args:
      options: shared by all layers.
      normalization: constants of batch normalization.
      initializer: seed -> initializer of a kernel; biases are initialized to 0.
      dense_initializer: likewise for fully connected layers; defaults to ``initializer``.
    """

    def __init__(
        self,
        options: NetworkOptions,
        normalization: Normalization,
        initializer: Callable[[int], keras.Initializer] = glorot_uniform,
        dense_initializer: Callable[[int], keras.Initializer] | None = None,
    ):
        self._seeds = layer_seeds(options.seed)
        self._width = options.width
        self._dtype = options.dtype
        self._normalization = normalization.with_options(options)
        self._initializer = initializer
        self._dense_initializer = dense_initializer or initializer
        self._spectral_norm = options.spectral_norm
        self._dropout_inputs = []

    def model(self, inputs, outputs, name: str) -> keras.Model:
        """Return the network; the random numbers of ``dropout`` are inputs after ``inputs``."""
        inputs = [*inputs, *self._dropout_inputs]
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=name)

    def scaled(self, count: int) -> int:
        """Return ``count`` channels or units times the network's width, at least one."""
        return max(1, round(count * self._width))

    def dense(self, x, units: int, activation: str | None = None):
        """Apply a fully connected layer."""
        return self._dense(units, activation=activation)(x)

    def logits(self, x, units: int = 1):
        """Apply a fully connected layer that is float32 in every precision."""
        return self._dense(units, dtype="float32")(x)

    def projected_logits(self, x, labels):
        """Apply ``logits`` plus the inner product with an embedding of one-hot labels.

        Source: Miyato and Koyama, "cGANs with Projection Discriminator" (2018), equation 3. Labels
        of zeros leave out the inner product.
        """
        embedded = self._dense(x.shape[-1], use_bias=False, dtype="float32")(labels)
        return self.logits(x) + keras.layers.Dot(axes=1, dtype="float32")([embedded, x])

    def convolution(self, x, filters: int, kernel_size: int, strides: int = 1):
        """Apply a convolution with "same" padding."""
        return self._layer(keras.layers.Conv2D, filters, kernel_size, strides, "same")(x)

    def upsampling_convolution(self, x, filters: int):
        """Repeat every pixel to 2x2, then apply a 3x3 convolution."""
        return self._layer(UpsamplingConvolution, filters)(x)

    def label_convolution(self, x, labels, filters: int, kernel_size: int, strides: int = 1):
        """Apply ``convolution`` with one-hot labels as constant planes."""
        return self._layer(LabelConvolution, filters, kernel_size, strides, "same")([x, labels])

    def image(self, x, channels: int, kernel_size: int):
        """Apply a convolution that returns an image in -1..1, float32 in every precision."""
        layer = keras.layers.Conv2D
        return self._layer(layer, channels, kernel_size, 1, "same", **_image_options("tanh"))(x)

    def transposed_convolution(self, x, filters: int):
        """Apply a 5x5 transposed convolution that doubles height and width."""
        return self._layer(TransposedConvolution, filters)(x)

    def label_transposed_convolution(self, x, labels, filters: int):
        """Apply ``transposed_convolution`` with one-hot labels as constant planes."""
        return self._layer(LabelTransposedConvolution, filters)([x, labels])

    def transposed_image(self, x, channels: int):
        """Apply a ``transposed_convolution`` that returns an image, see ``image``."""
        return self._layer(TransposedConvolution, channels, **_image_options("tanh"))(x)

    def label_transposed_image(self, x, labels, channels: int, activation: str):
        """Apply ``transposed_image`` with labels as planes and another output activation."""
        layer = LabelTransposedConvolution
        return self._layer(layer, channels, **_image_options(activation))([x, labels])

    def _dense(self, units: int, **options):
        initializer = self._dense_initializer(next(self._seeds))
        options = {"dtype": self._dtype, "kernel_initializer": initializer} | options
        return self._class(keras.layers.Dense)(units, **options)

    def _layer(self, layer, *arguments, **options):
        initializer = self._initializer(next(self._seeds))
        options = {"dtype": self._dtype, "kernel_initializer": initializer} | options
        return self._class(layer)(*arguments, **options)

    def _class(self, layer):
        return spectral(layer) if self._spectral_norm else layer

    def upsampled(self, x, factor: int = 2):
        """Repeat every pixel ``factor`` times in height and width."""
        return keras.layers.UpSampling2D(factor, dtype=self._dtype)(x)

    def reshaped(self, x, shape: tuple[int, int, int]):
        """Reshape a vector to a feature map."""
        return keras.layers.Reshape(shape, dtype=self._dtype)(x)

    def concatenated(self, vectors):
        """Concatenate vectors."""
        return keras.layers.Concatenate(dtype=self._dtype)(vectors)

    def padded(self, x, padding: tuple[tuple[int, int], tuple[int, int]]):
        """Pad a feature map with zeros: (top, bottom), (left, right)."""
        return keras.layers.ZeroPadding2D(padding, dtype=self._dtype)(x)

    def cropped(self, x, height: int, width: int):
        """Return the central ``height`` x ``width`` pixels of a feature map."""
        margins = [have - want for have, want in zip(x.shape[1:3], (height, width), strict=True)]
        crops = tuple((margin // 2, margin - margin // 2) for margin in margins)
        return keras.layers.Cropping2D(crops, dtype=self._dtype)(x) if any(margins) else x

    def sum_pooled(self, x):
        """Sum a feature map over height and width, float32 in every precision."""
        return keras.ops.sum(keras.ops.cast(x, "float32"), axis=(1, 2))

    def flattened(self, x):
        """Flatten a feature map to a vector."""
        return keras.layers.Flatten(dtype=self._dtype)(x)

    def normalized(self, x):
        """Apply batch normalization, or what the options replace it with."""
        return self._normalization.layer(self._dtype)(x)

    def relu(self, x):
        """Apply ReLU."""
        return keras.layers.ReLU(dtype=self._dtype)(x)

    def normalized_relu(self, x):
        """Apply ``normalized``, then ReLU."""
        return self.relu(self.normalized(x))

    def conditional_normalized_relu(self, x, labels):
        """Apply batch normalization with gains and shifts of one-hot labels, then ReLU."""
        return self.relu(self._normalization.conditional_layer(self._dtype)([x, labels]))

    def leaky_relu(self, x):
        """Apply leaky ReLU with slope 0.2."""
        return keras.layers.LeakyReLU(negative_slope=LEAKY_SLOPE, dtype=self._dtype)(x)

    def normalized_leaky_relu(self, x):
        """Apply ``normalized``, then leaky ReLU with slope 0.2."""
        return self.leaky_relu(self.normalized(x))

    def dropout(self, x, rate: float):
        """Apply dropout; its random numbers become an additional input of the network."""
        uniform = keras.Input(x.shape[1:], name=f"uniform_{len(self._dropout_inputs)}")
        self._dropout_inputs.append(uniform)
        return Dropout(rate, dtype=self._dtype)([x, uniform])


def _image_options(activation: str) -> dict[str, str]:
    return {"activation": activation, "dtype": "float32"}
