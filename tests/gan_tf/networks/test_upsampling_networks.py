"""The networks of [Segura2019], D and E: totals by hand, shapes, constants."""

import keras
import numpy as np
import pytest
from layer_order import layer_order

from gan_tf.networks import acgan, upsampling_dcgan, upsampling_gan
from gan_tf.networks.dropout import Dropout
from gan_tf.networks.layers import NetworkOptions

SETTINGS = NetworkOptions(0)
SMALL = (64, 64, 3)

# No totals are printed in A, D and E. A convolution k x k from a to b channels has k * k * a * b
# weights and b biases, batch normalization 2 a channel, a dense layer a * b + b.
NETWORKS = {
    "A generator": (
        lambda: upsampling_dcgan.build_generator(SMALL, 100, SETTINGS),
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
    "A discriminator": (
        lambda: upsampling_dcgan.build_discriminator(SMALL, SETTINGS),
        [
            16 * 3 * 128 + 128,
            16 * 128 * 256 + 256,
            16 * 256 * 512 + 512,
            16 * 512 * 1024 + 1024,
            4 * 4 * 1024 + 1,
        ],
        11_034_497,
    ),
    "E generator": (
        lambda: upsampling_gan.build_generator(SMALL, 100, SETTINGS),
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
    "E discriminator": (
        lambda: upsampling_gan.build_discriminator(SMALL, SETTINGS),
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
            # 64 pixels halved to 16, a row and a column of zeros added, halved to 9.
            9 * 9 * 512 + 1,
        ],
        1_611_969,
    ),
    "D generator": (
        lambda: acgan.build_generator((128, 128, 3), 8, 100, SETTINGS),
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
    "D discriminator": (
        lambda: acgan.build_discriminator((128, 128, 3), 8, SETTINGS),
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
def test_parameters_are_those_of_the_documents_layers(networks, name):
    _, rows, total = NETWORKS[name]
    assert num_trainable(networks[name]) == sum(rows) == total
    assert [num_trainable(x) for x in networks[name].layers if x.trainable_variables] == rows


# A: (upsample 2, conv 4x4 with BN, relu) three times, upsample, conv, tanh; D in steps of 2.
# E: at 64 pixels a fourth block that doubles; D's stride is 2 three times, BN from the second on.
# D has Odena et al. (2017), table 1: strides 2, 1, 2, 1, 2, 1, no BN in the first.
ORDERS = {
    "A generator": "dense norm relu reshape"
    + 3 * " enlarge2 conv4/1 norm relu"
    + " enlarge2 conv4/1+tanh",
    "A discriminator": 4 * "conv4/2 leaky dropout " + "flatten dense",
    "E generator": "dense+relu reshape" + 4 * " enlarge2 conv3/1 norm relu" + " conv3/1+tanh",
    "E discriminator": "conv3/2 leaky dropout conv3/2 pad norm leaky dropout"
    " conv3/2 norm leaky dropout" + 2 * " conv3/1 norm leaky dropout" + " flatten dense",
    "D generator": "y dense+relu reshape" + 3 * " upconv5/2 norm relu" + " upconv5/2+tanh",
    "D discriminator": "conv3/2 leaky dropout"
    + 2 * " conv3/1 norm leaky dropout conv3/2 norm leaky dropout"
    + " conv3/1 norm leaky dropout flatten dense dense",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_order_of_layers(networks, name):
    assert layer_order(networks[name]) == ORDERS[name]


# Momentum and epsilon of batch normalization, rate and number of dropouts.
CONSTANTS = {
    "A generator": ((0.99, 1e-3), None, 0),
    "A discriminator": (None, 0.2, 4),
    "E generator": ((0.8, 1e-3), None, 0),
    "E discriminator": ((0.8, 1e-3), 0.25, 5),
    "D generator": ((0.9, 1e-5), None, 0),
    "D discriminator": ((0.9, 1e-5), 0.5, 6),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_constants(networks, name):
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
        if name.startswith("D"):
            deviation = 0.02
        else:
            # Glorot and Bengio (2010): uniform with variance 2 / (inputs + outputs).
            field = int(np.prod(kernel.shape[:-2]))
            deviation = np.sqrt(2 / (field * (kernel.shape[-2] + kernel.shape[-1])))
        assert kernel.std() == pytest.approx(deviation, rel=5 / np.sqrt(2 * kernel.size))


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_every_resolution_factor_of_document_e(factor):
    shape = (32 * factor, 32 * factor, 3)
    settings = NetworkOptions(0, 0.05)
    assert upsampling_gan.build_generator(shape, 4, settings).output_shape == (None, *shape)
    discriminator = upsampling_gan.build_discriminator(shape, settings)
    # An eighth of the edge, after a row of zeros at a quarter: (8 + 1) / 2 = 4.5, so 5; and so on.
    edge = {1: 5, 2: 9, 3: 13, 4: 17}[factor]
    assert discriminator.layers[-2].output.shape == (None, edge * edge * round(512 * 0.05))


@pytest.mark.parametrize("shape", [(32, 32, 3), (64, 48, 1), (128, 128, 3)])
def test_other_shapes_are_the_same_layers_with_another_start(shape):
    settings = NetworkOptions(0, 0.02)
    for generator in (
        upsampling_dcgan.build_generator(shape, 4, settings),
        acgan.build_generator(shape, 2, 4, settings),
    ):
        assert generator.output_shape == (None, *shape)
    source, classes = acgan.build_discriminator(shape, 7, settings).output_shape
    assert (source, classes) == ((None, 1), (None, 7))
