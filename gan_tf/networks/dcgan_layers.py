"""What both pairs of networks of [Baker2018] are made of.

Source: "Generation of Synthetic Images with Generative Adversarial Networks" (2018), section 5.4:
5x5 kernels of stride 2 with "same" padding; convolution weights from a truncated normal and dense
weights from a normal distribution, both of deviation 0.02, biases 0; batch normalization of decay
0.9 and epsilon 1e-5; leaky slope 0.2.
"""

import keras

from gan_tf.networks.layer_maker import LayerMaker
from gan_tf.networks.layers import NetworkSettings, Normalization
from gan_tf.networks.transposed_convolution import KERNEL_SIZE, STRIDE

CONVOLUTION = {"kernel_size": KERNEL_SIZE, "strides": STRIDE}
INITIAL_STDDEV = 0.02
NORMALISATION = Normalization(momentum=0.9, epsilon=1e-5)


def dcgan_layers(settings: NetworkSettings) -> LayerMaker:
    """Makes the layers of one network, with [Baker2018]'s initial values and constants."""
    return LayerMaker(settings, NORMALISATION, _truncated_normal, _normal)


def _truncated_normal(seed: int) -> keras.Initializer:
    return keras.initializers.TruncatedNormal(stddev=INITIAL_STDDEV, seed=seed)


def _normal(seed: int) -> keras.Initializer:
    return keras.initializers.RandomNormal(stddev=INITIAL_STDDEV, seed=seed)
