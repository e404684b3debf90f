"""The CycleGAN's networks: published totals, receptive field, values of layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_order import layer_order

from gan_tf.networks import cyclegan
from gan_tf.networks.cyclegan import CycleganLayers, InstanceNormalization, ReflectionPadding
from gan_tf.networks.layers import NetworkOptions


def rows(network):
    """Return the number of trainable parameters of each layer that has any."""
    counts = [sum(int(np.prod(v.shape)) for v in x.trainable_variables) for x in network.layers]
    return [count for count in counts if count]


# A convolution of k x k from m to n channels has k * k * m * n weights and n biases.
# c7s1-64: 49*3*64 + 64 = 9,472; d128: 9*64*128 + 128 = 73,856; d256: 9*128*256 + 256 = 295,168;
# each of the two convolutions of a residual block: 9*256*256 + 256 = 590,080;
# u128: 9*256*128 + 128 = 295,040; u64: 9*128*64 + 64 = 73,792; c7s1-3: 49*64*3 + 3 = 9,411.
# The authors' code prints 11.378 M for nine blocks.
@pytest.mark.parametrize(("edge", "blocks", "total"), [(128, 6, 7_837_699), (132, 9, 11_378_179)])
def test_the_generator_has_the_published_parameters(edge, blocks, total):
    shape = (edge, edge, 3)
    assert cyclegan.num_residual_blocks(shape) == blocks
    generator = cyclegan.build_generator(shape, blocks, NetworkOptions(0))
    middle = [590_080] * (2 * blocks)
    assert rows(generator) == [9472, 73_856, 295_168, *middle, 295_040, 73_792, 9411]
    assert sum(rows(generator)) == total
    assert generator.output_shape == (None, edge, edge, 3)
    # c7s1-64, d128 and d256; a residual block has no activation after its sum; u128, u64, c7s1-3.
    assert layer_order(generator) == (
        "mirror conv7/1 norm relu conv3/2 norm relu conv3/2 norm relu"
        + blocks * " mirror conv3/1 norm relu mirror conv3/1 norm add"
        + " upconv3/2 norm relu upconv3/2 norm relu mirror conv7/1+tanh"
    )


# C64: 16*3*64 + 64 = 3,136; C128: 16*64*128 + 128 = 131,200; C256: 16*128*256 + 256 = 524,544;
# C512: 16*256*512 + 512 = 2,097,664; last: 16*512 + 1 = 8,193. The authors' code prints 2.765 M.
# 256 -> 128 -> 64 -> 32 by stride 2, then 31 and 30 by 4x4 kernels with a padding of one.
def test_the_discriminator_has_the_published_parameters():
    network = cyclegan.build_discriminator((256, 256, 3), NetworkOptions(0))
    assert rows(network) == [3136, 131_200, 524_544, 2_097_664, 8193]
    assert sum(rows(network)) == 2_764_737
    assert network.output_shape == (None, 30, 30, 1)
    assert layer_order(network) == (
        "pad conv4/2 leaky pad conv4/2 norm leaky pad conv4/2 norm leaky"
        " pad conv4/1 norm leaky pad conv4/1"
    )


def test_width_scales_hidden_channels():
    generator = cyclegan.build_generator((24, 24, 1), 1, NetworkOptions(0, 0.05))
    kernels = [x.kernel.shape for x in generator.layers if hasattr(x, "kernel")]
    # 64, 128 and 256 times 0.05 are 3.2, 6.4 and 12.8. Transposed kernels have outputs first.
    assert kernels[:4] == [(7, 7, 1, 3), (3, 3, 3, 6), (3, 3, 6, 13), (3, 3, 13, 13)]
    assert kernels[-3:] == [(3, 3, 6, 13), (3, 3, 3, 6), (7, 7, 3, 1)]


def test_initial_weights_are_those_published():
    network = cyclegan.build_discriminator((64, 64, 3), NetworkOptions(5))
    kernels = [x.kernel.numpy() for x in network.layers if hasattr(x, "kernel")]
    for kernel in kernels:
        # The relative standard error of the deviation of n numbers is 1 / sqrt(2 n); allow five.
        assert kernel.std() == pytest.approx(0.02, rel=5 / np.sqrt(2 * kernel.size))
    assert np.abs(kernels[3]).max() > 0.08  # Not truncated: some of two million are beyond 4 sigma.
    assert not any(x.bias.numpy().any() for x in network.layers if hasattr(x, "bias"))
    assert len({kernel.ravel()[0] for kernel in kernels}) == 5


def test_receptive_field_is_70_by_70_pixels(monkeypatch):
    # With normalization every score would depend on every pixel.
    monkeypatch.setattr(CycleganLayers, "normalized", lambda self, x: x)
    network = cyclegan.build_discriminator((256, 256, 1), NetworkOptions(0, 0.02))
    image = tf.random.stateless_normal([1, 256, 256, 1], [0, 0])
    with tf.GradientTape() as tape:
        tape.watch(image)
        score = network(image)[0, 15, 15, 0]
    seen = np.argwhere(tape.gradient(score, image).numpy()[0, ..., 0])
    assert (seen.max(axis=0) - seen.min(axis=0) + 1).tolist() == [70, 70]


def test_instance_normalization_equals_numpy_and_keras():
    x = np.random.default_rng(0).normal(3.0, 2.0, (2, 5, 4, 3)).astype(np.float32)
    mean = x.mean(axis=(1, 2), keepdims=True)
    variance = x.var(axis=(1, 2), keepdims=True)
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(InstanceNormalization()(x), expected, atol=1e-5)
    theirs = keras.layers.GroupNormalization(groups=-1, epsilon=1e-5, center=False, scale=False)
    np.testing.assert_allclose(InstanceNormalization()(x), theirs(x), atol=1e-5)


def test_statistics_are_float32_in_bfloat16():
    # Multiples of 2 near 256 are exact in bfloat16 and float32.
    x = np.tile(np.array([256.0, 258.0], np.float32), 8).reshape(1, 4, 4, 1)
    y = InstanceNormalization(dtype="mixed_bfloat16")(x)
    assert y.dtype == tf.bfloat16
    # The mean, 257, does not exist in bfloat16; the variance is 1.
    np.testing.assert_allclose(tf.cast(y, tf.float32), x - 257.0, atol=0.01)


def test_reflection_padding_equals_numpy():
    x = np.arange(40, dtype=np.float32).reshape(1, 4, 5, 2)
    expected = np.pad(x, [(0, 0), (3, 3), (3, 3), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(ReflectionPadding(3)(x), expected)


def test_a_residual_block_adds_to_its_input():
    layers = CycleganLayers(NetworkOptions(0))
    x = keras.Input((6, 6, 4))
    block = keras.Model(x, layers.residual(x))
    image = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype(np.float32)
    first, second = (x for x in block.layers if hasattr(x, "kernel"))

    def branch(values, layer):
        padded = np.pad(values, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")
        y = tf.nn.conv2d(padded, layer.kernel.value, 1, "VALID").numpy()
        y = y - y.mean(axis=(1, 2), keepdims=True)
        return y / np.sqrt((y**2).mean(axis=(1, 2), keepdims=True) + 1e-5)

    expected = image + branch(np.maximum(branch(image, first), 0), second)
    np.testing.assert_allclose(block(image), expected, atol=1e-4)
