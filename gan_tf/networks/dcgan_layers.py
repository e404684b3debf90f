"""The building blocks of both networks of document B.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), section 5.4:
5x5 kernels of stride 2 with "same" padding; convolution weights from a truncated normal and dense
weights from a normal distribution, both of deviation 0.02, biases 0; batch normalisation of decay
0.9 and epsilon 1e-5; leaky slope 0.2.
"""

import keras

from gan_tf.networks.label_convolutions import LabelConvolution, LabelTransposedConvolution
from gan_tf.networks.layers import NetworkSettings, Normalisation, layer_seeds
from gan_tf.networks.spectral import spectral
from gan_tf.networks.transposed_convolution import KERNEL_SIZE, STRIDE, TransposedConvolution

CONVOLUTION = {"kernel_size": KERNEL_SIZE, "strides": STRIDE, "padding": "same"}
INITIAL_STDDEV = 0.02
LEAKY_SLOPE = 0.2
NORMALISATION = Normalisation(momentum=0.9, epsilon=1e-5)


class DcganLayers:
    """Makes the layers of one network, each with an initialiser seed of its own.

    Args:
      settings: what the layers share.
    """

    def __init__(self, settings: NetworkSettings):
        self._seeds = layer_seeds(settings.seed)
        self._width = settings.width
        self._dtype = settings.dtype
        self._normalisation = NORMALISATION.under(settings)
        self._spectral_norm = settings.spectral_norm

    def scaled(self, count: int) -> int:
        """``count`` channels or units times the network's width, at least one."""
        return max(1, round(count * self._width))

    def convolution(self, x, filters: int):
        """Halves the edge."""
        return self._convolution(keras.layers.Conv2D, filters, **CONVOLUTION)(x)

    def transposed_convolution(self, x, filters: int):
        """Doubles the edge."""
        return self._convolution(TransposedConvolution, filters)(x)

    def image(self, x, channels: int, activation: str):
        """Doubles the edge and ends in an image, in float32 whatever the precision before it."""
        return self._convolution(
            TransposedConvolution, channels, activation=activation, dtype="float32"
        )(x)

    def label_convolution(self, x, labels, filters: int):
        """Halves the edge; the label enters as constant planes."""
        return self._convolution(LabelConvolution, filters, **CONVOLUTION)([x, labels])

    def label_transposed_convolution(self, x, labels, filters: int):
        """Doubles the edge; the label enters as constant planes."""
        return self._convolution(LabelTransposedConvolution, filters)([x, labels])

    def label_image(self, x, labels, channels: int, activation: str):
        """``image``; the label enters as constant planes."""
        return self._convolution(
            LabelTransposedConvolution, channels, activation=activation, dtype="float32"
        )([x, labels])

    def _convolution(self, layer, filters, **options):
        initializer = keras.initializers.TruncatedNormal(
            stddev=INITIAL_STDDEV, seed=next(self._seeds)
        )
        options = {"dtype": self._dtype} | options
        return self._class(layer)(filters, kernel_initializer=initializer, **options)

    def _class(self, layer):
        return spectral(layer) if self._spectral_norm else layer

    def dense(self, x, units: int):
        """A fully connected layer without activation."""
        return self._dense(x, units, self._dtype)

    def logit(self, x):
        """One float32 number an image."""
        return self._dense(x, 1, "float32")

    def _dense(self, x, units, dtype):
        initializer = keras.initializers.RandomNormal(stddev=INITIAL_STDDEV, seed=next(self._seeds))
        layer = self._class(keras.layers.Dense)
        return layer(units, kernel_initializer=initializer, dtype=dtype)(x)

    def normalised_relu(self, x):
        """Batch normalisation, then ReLU."""
        return keras.layers.ReLU(dtype=self._dtype)(self._normalisation.layer(self._dtype)(x))

    def leaky_relu(self, x):
        """Leaky ReLU of slope 0.2."""
        return keras.layers.LeakyReLU(negative_slope=LEAKY_SLOPE, dtype=self._dtype)(x)

    def normalised_leaky_relu(self, x):
        """Batch normalisation, then leaky ReLU of slope 0.2."""
        return self.leaky_relu(self._normalisation.layer(self._dtype)(x))

    def with_labels(self, x, labels):
        """One-hot labels appended to a vector."""
        return keras.layers.Concatenate(dtype=self._dtype)([x, labels])

    def flattened(self, x):
        """A feature map as a vector."""
        return keras.layers.Flatten(dtype=self._dtype)(x)
