"""The four networks of [Baker2018]: printed totals, layers, constants, initial values."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_order import layer_order

from gan_tf.networks import cdcgan, dcgan
from gan_tf.networks.layers import NetworkOptions

MNIST = (28, 28, 1)
FLOWERS = (64, 64, 3)

BUILDERS = {
    "cdcgan generator": lambda: cdcgan.build_generator(MNIST, 10, 100, NetworkOptions(0)),
    "cdcgan discriminator": lambda: cdcgan.build_discriminator(MNIST, 10, NetworkOptions(0)),
    "dcgan generator": lambda: dcgan.build_generator(FLOWERS, 100, NetworkOptions(0)),
    "dcgan discriminator": lambda: dcgan.build_discriminator(FLOWERS, NetworkOptions(0)),
}


@pytest.fixture(scope="module")
def networks():
    return {name: build() for name, build in BUILDERS.items()}


def num_trainable(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


# Totals and rows as printed in [Baker2018], tables 5.1 to 5.4.
@pytest.mark.parametrize(
    ("name", "total", "rows"),
    [
        (
            "cdcgan discriminator",
            3_769_479,
            [3036, 38_924, 148, 3_724_288, 2048, 1035],
        ),
        (
            "cdcgan generator",
            7_065_211,
            [113_664, 2048, 6_491_520, 12_544, 441_728, 256, 3451],
        ),
        (
            "dcgan discriminator",
            4_316_545,
            [4864, 204_928, 256, 819_456, 512, 3_277_312, 1024, 8193],
        ),
        (
            "dcgan generator",
            5_135_363,
            [827_392, 1024, 3_277_056, 512, 819_328, 256, 204_864, 128, 4803],
        ),
    ],
)
def test_parameters_are_those_printed_in_baker_2018(networks, name, total, rows):
    network = networks[name]
    assert num_trainable(network) == total
    assert [num_trainable(x) for x in network.layers if x.trainable_variables] == rows


# The layers of tables 5.1 to 5.4, in the order printed there.
ORDERS = {
    "cdcgan generator": "y dense norm relu y dense norm relu reshape"
    " y:upconv5/2 norm relu y:upconv5/2+sigmoid",
    "cdcgan discriminator": "y:conv5/2 leaky y:conv5/2 norm leaky"
    " flatten y dense norm leaky y dense",
    "dcgan generator": "dense reshape norm relu" + 3 * " upconv5/2 norm relu" + " upconv5/2+tanh",
    "dcgan discriminator": "conv5/2 leaky" + 3 * " conv5/2 norm leaky" + " flatten dense",
}


@pytest.mark.parametrize("name", BUILDERS)
def test_layers_are_in_the_printed_order(networks, name):
    assert layer_order(networks[name]) == ORDERS[name]


def test_dcgan_for_128_pixels_starts_at_8x8():
    generator = dcgan.build_generator((128, 128, 3), 100, NetworkOptions(0))
    discriminator = dcgan.build_discriminator((128, 128, 3), NetworkOptions(0))
    # Generator: dense 100 -> 8 * 8 * 512 with bias replaces 100 -> 4 * 4 * 512.
    assert num_trainable(generator) - 5_135_363 == 101 * (8 * 8 - 4 * 4) * 512
    # Discriminator: the last feature map is 8 x 8 x 512, flattened to four times as many inputs.
    assert num_trainable(discriminator) - 4_316_545 == (8 * 8 - 4 * 4) * 512
    assert generator.output_shape == (None, 128, 128, 3)


@pytest.mark.parametrize("name", BUILDERS)
def test_initial_values_are_those_of_baker_2018(networks, name):
    # [Baker2018], section 5.4: standard deviation 0.02 everywhere, truncated at two standard
    # deviations in convolutions, which leaves 0.8796 of the standard deviation.
    for layer in networks[name].layers:
        if not isinstance(layer, keras.layers.Dense | keras.layers.Conv2D):
            continue
        kernel = np.asarray(layer.kernel)
        convolution = not isinstance(layer, keras.layers.Dense)
        expected = 0.02 * (0.8796 if convolution else 1.0)
        # Five standard errors of the standard deviation of so many normal numbers.
        assert kernel.std() == pytest.approx(expected, rel=5 / np.sqrt(2 * kernel.size))
        if convolution:
            assert np.abs(kernel).max() <= 0.04 + 1e-7
        elif kernel.size > 10_000:
            assert np.abs(kernel).max() > 0.05
        np.testing.assert_array_equal(np.asarray(layer.bias), 0.0)


@pytest.mark.parametrize("name", BUILDERS)
def test_constants_are_those_of_baker_2018(networks, name):
    layers = networks[name].layers
    normalizations = [x for x in layers if isinstance(x, keras.layers.BatchNormalization)]
    assert len(normalizations) == {"cdcgan generator": 3, "cdcgan discriminator": 2}.get(
        name, 4 if name == "dcgan generator" else 3
    )
    for layer in normalizations:
        assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)
    leaky = [x for x in layers if isinstance(x, keras.layers.LeakyReLU)]
    assert all(x.negative_slope == 0.2 for x in leaky)
    assert bool(leaky) == ("discriminator" in name)
    for layer in layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Conv2DTranspose):
            assert (layer.kernel_size, layer.strides, layer.padding) == ((5, 5), (2, 2), "same")


def test_every_layer_has_its_own_weights_determined_by_the_seed():
    first, again = BUILDERS["dcgan generator"](), BUILDERS["dcgan generator"]()
    other = dcgan.build_generator(FLOWERS, 100, NetworkOptions(1))
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [w for w in first.get_weights() if w.ndim > 1]
    assert not np.array_equal(kernels[0], other.get_weights()[0])
    starts = {float(kernel.flat[0]) for kernel in kernels}
    assert len(starts) == len(kernels)


def test_outputs_are_float32_in_the_range_of_the_last_activation(networks):
    z = np.random.default_rng(0).normal(size=(2, 100)).astype(np.float32) * 100
    y = np.eye(10, dtype=np.float32)[[3, 4]]
    sigmoid = np.asarray(networks["cdcgan generator"]([z, y], training=True))
    tanh = np.asarray(networks["dcgan generator"](z, training=True))
    assert sigmoid.dtype == tanh.dtype == np.float32
    assert 0 <= sigmoid.min() < sigmoid.max() <= 1
    assert -1 <= tanh.min() < 0 < tanh.max() <= 1


def test_outputs_are_float32_in_mixed_precision():
    options = NetworkOptions(0, 0.05, "mixed_bfloat16")
    generator = cdcgan.build_generator((8, 8, 1), 2, 4, options)
    discriminator = cdcgan.build_discriminator((8, 8, 1), 2, options)
    z, y = tf.zeros([2, 4]), tf.eye(2)
    images = generator([z, y])
    assert {images.dtype.name, discriminator([images, y]).dtype.name} == {"float32"}
    assert {v.dtype for v in generator.variables} == {"float32"}
