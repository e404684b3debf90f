"""The networks of [Segura2019], [Fossen2020] and [Wolyniec2020]: totals, layers, constants."""

import keras
import numpy as np
import pytest
from layer_order import layer_order

from gan_tf.networks import acgan, upsampling_dcgan, upsampling_gan
from gan_tf.networks.dropout import Dropout
from gan_tf.networks.layers import NetworkOptions

OPTIONS = NetworkOptions(0)
SMALL = (64, 64, 3)

# These sources print no totals. A k x k convolution from a to b channels has k * k * a * b weights
# and b biases, batch normalization 2 weights per channel, a dense layer a * b + b.
NETWORKS = {
    "Segura2019 generator": (
        lambda: upsampling_dcgan.build_generator(SMALL, 100, OPTIONS),
        [
            101 * 4 * 4 * 1024,
            2 * 4 * 4 * 1024,
            16 * 1024 * 512 + 512,
            2 * 512,
            16 * 512 * 256 + 256,
            2 * 256,
            16 * 256 * 128 + 128,
            2 * 128,
            16 * 128 * 3 + 3,
        ],
        12_706_435,
    ),
    "Segura2019 discriminator": (
        lambda: upsampling_dcgan.build_discriminator(SMALL, OPTIONS),
        [
            16 * 3 * 128 + 128,
            16 * 128 * 256 + 256,
            16 * 256 * 512 + 512,
            16 * 512 * 1024 + 1024,
            4 * 4 * 1024 + 1,
        ],
        11_034_497,
    ),
    "Wolyniec2020 generator": (
        lambda: upsampling_gan.build_generator(SMALL, 100, OPTIONS),
        [
            101 * 4 * 4 * 256,
            9 * 256 * 256 + 256,
            2 * 256,
            9 * 256 * 256 + 256,
            2 * 256,
            9 * 256 * 128 + 128,
            2 * 128,
            9 * 128 * 128 + 128,
            2 * 128,
            9 * 128 * 3 + 3,
        ],
        2_041_475,
    ),
    "Wolyniec2020 discriminator": (
        lambda: upsampling_gan.build_discriminator(SMALL, OPTIONS),
        [
            9 * 3 * 32 + 32,
            9 * 32 * 64 + 64,
            2 * 64,
            9 * 64 * 128 + 128,
            2 * 128,
            9 * 128 * 256 + 256,
            2 * 256,
            9 * 256 * 512 + 512,
            2 * 512,
            # 64 pixels halved twice to 16, a row and a column of zeros added, halved to 9.
            9 * 9 * 512 + 1,
        ],
        1_611_969,
    ),
    "Fossen2020 generator": (
        lambda: acgan.build_generator((128, 128, 3), 8, 100, OPTIONS),
        [
            109 * 8 * 8 * 768,
            25 * 768 * 384 + 384,
            2 * 384,
            25 * 384 * 256 + 256,
            2 * 256,
            25 * 256 * 192 + 192,
            2 * 192,
            25 * 192 * 3 + 3,
        ],
        16_433_667,
    ),
    "Fossen2020 discriminator": (
        lambda: acgan.build_discriminator((128, 128, 3), 8, OPTIONS),
        [
            9 * 3 * 16 + 16,
            9 * 16 * 32 + 32,
            2 * 32,
            9 * 32 * 64 + 64,
            2 * 64,
            9 * 64 * 128 + 128,
            2 * 128,
            9 * 128 * 256 + 256,
            2 * 256,
            9 * 256 * 512 + 512,
            2 * 512,
            16 * 16 * 512 + 1,
            (16 * 16 * 512 + 1) * 8,
        ],
        2_754_409,
    ),
}


@pytest.fixture(scope="module")
def networks():
    return {name: build() for name, (build, _, _) in NETWORKS.items()}


def num_trainable(layer):
    return sum(int(np.prod(v.shape)) for v in layer.trainable_variables)


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_are_those_of_the_sources_layers(networks, name):
    _, rows, total = NETWORKS[name]
    assert num_trainable(networks[name]) == sum(rows) == total
    assert [num_trainable(x) for x in networks[name].layers if x.trainable_variables] == rows


# [Segura2019]: (upsample 2, conv 4x4 with BN, relu) three times, upsample, conv, tanh; stride 2 in
# the discriminator. [Wolyniec2020]: a fourth block doubles 32 to 64 pixels; the discriminator has
# stride 2 three times and BN from the second layer. [Fossen2020]: Odena et al. (2017), table 1:
# strides 2, 1, 2, 1, 2, 1, no BN in the first layer.
ORDERS = {
    "Segura2019 generator": "dense norm relu reshape"
    + 3 * " enlarge2 conv4/1 norm relu"
    + " enlarge2 conv4/1+tanh",
    "Segura2019 discriminator": 4 * "conv4/2 leaky dropout " + "flatten dense",
    "Wolyniec2020 generator": "dense+relu reshape"
    + 4 * " enlarge2 conv3/1 norm relu"
    + " conv3/1+tanh",
    "Wolyniec2020 discriminator": "conv3/2 leaky dropout conv3/2 pad norm leaky dropout"
    " conv3/2 norm leaky dropout" + 2 * " conv3/1 norm leaky dropout" + " flatten dense",
    "Fossen2020 generator": "y dense+relu reshape" + 3 * " upconv5/2 norm relu" + " upconv5/2+tanh",
    "Fossen2020 discriminator": "conv3/2 leaky dropout"
    + 2 * " conv3/1 norm leaky dropout conv3/2 norm leaky dropout"
    + " conv3/1 norm leaky dropout flatten dense dense",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_are_in_the_order_of_the_sources(networks, name):
    assert layer_order(networks[name]) == ORDERS[name]


# Momentum and epsilon of batch normalization, rate and number of dropout layers.
CONSTANTS = {
    "Segura2019 generator": ((0.99, 1e-3), None, 0),
    "Segura2019 discriminator": (None, 0.2, 4),
    "Wolyniec2020 generator": ((0.8, 1e-3), None, 0),
    "Wolyniec2020 discriminator": ((0.8, 1e-3), 0.25, 5),
    "Fossen2020 generator": ((0.9, 1e-5), None, 0),
    "Fossen2020 discriminator": ((0.9, 1e-5), 0.5, 6),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_constants_are_those_of_the_sources(networks, name):
    constants, rate, num_dropouts = CONSTANTS[name]
    layers = networks[name].layers
    normalizations = [x for x in layers if isinstance(x, keras.layers.BatchNormalization)]
    assert {(x.momentum, x.epsilon) for x in normalizations} == ({constants} - {None})
    dropouts = [x for x in layers if isinstance(x, Dropout)]
    assert [x.rate for x in dropouts] == [rate] * num_dropouts
    assert {x.negative_slope for x in layers if isinstance(x, keras.layers.LeakyReLU)} == (
        {0.2} if "discriminator" in name else set()
    )
    for layer in layers:
        if not isinstance(layer, keras.layers.Dense | keras.layers.Conv2D):
            continue
        np.testing.assert_array_equal(np.asarray(layer.bias), 0.0)
        kernel = np.asarray(layer.kernel)
        if name.startswith("Fossen2020"):
            deviation = 0.02
        else:
            # Glorot and Bengio (2010): uniform with variance 2 / (inputs + outputs).
            field = int(np.prod(kernel.shape[:-2]))
            deviation = np.sqrt(2 / (field * (kernel.shape[-2] + kernel.shape[-1])))
        assert kernel.std() == pytest.approx(deviation, rel=5 / np.sqrt(2 * kernel.size))


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_every_resolution_factor_of_wolyniec_2020_has_its_layers(factor):
    shape = (32 * factor, 32 * factor, 3)
    options = NetworkOptions(0, 0.05)
    assert upsampling_gan.build_generator(shape, 4, options).output_shape == (None, *shape)
    discriminator = upsampling_gan.build_discriminator(shape, options)
    # Edge 32: a quarter is 8, plus a row of zeros, halved and rounded up: 5; and so on.
    edge = {1: 5, 2: 9, 3: 13, 4: 17}[factor]
    assert discriminator.layers[-2].output.shape == (None, edge * edge * round(512 * 0.05))


@pytest.mark.parametrize("shape", [(32, 32, 3), (64, 48, 1), (128, 128, 3)])
def test_other_shapes_change_only_the_first_feature_map(shape):
    options = NetworkOptions(0, 0.02)
    for generator in (
        upsampling_dcgan.build_generator(shape, 4, options),
        acgan.build_generator(shape, 2, 4, options),
    ):
        assert generator.output_shape == (None, *shape)
    source, classes = acgan.build_discriminator(shape, 7, options).output_shape
    assert (source, classes) == ((None, 1), (None, 7))
