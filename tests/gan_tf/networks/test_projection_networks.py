"""The networks of the projection GAN: totals, layers, sizes, the inner product with the label."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from layer_order import layer_order

from gan_tf.networks import projection_gan
from gan_tf.networks.layers import NetworkOptions

OPTIONS = NetworkOptions(0)
SPECTRAL = NetworkOptions(0, normalization="none", spectral_norm=True)
SHAPE = (28, 28, 1)


def num_trainable(network):
    return [
        sum(int(np.prod(v.shape)) for v in layer.trainable_variables)
        for layer in network.layers
        if layer.trainable_variables
    ]


# 28 pixels are halved to 14 and 7, with 32, 64 and 128 channels. A k x k convolution from a to b
# channels has k * k * a * b weights and b biases, conditional batch normalization 2 weights per
# channel and class.
def test_layers_of_the_generator():
    network = projection_gan.build_generator(SHAPE, 10, 32, OPTIONS)
    rows = [
        33 * 7 * 7 * 128,
        2 * 10 * 128,
        9 * 128 * 64 + 64,
        2 * 10 * 64,
        9 * 64 * 32 + 32,
        2 * 10 * 32,
        9 * 32 * 1 + 1,
    ]
    assert num_trainable(network) == rows
    assert sum(rows) == 304_001
    block = " y:norm relu enlarge:conv3/1"
    assert layer_order(network) == f"dense reshape{2 * block} y:norm relu conv3/1+tanh"


def test_layers_of_the_discriminator():
    network = projection_gan.build_discriminator(SHAPE, 10, SPECTRAL)
    rows = [
        9 * 1 * 32 + 32,
        16 * 32 * 64 + 64,
        9 * 64 * 64 + 64,
        16 * 64 * 128 + 128,
        9 * 128 * 128 + 128,
        # The embedding of the label, without bias, then the linear layer.
        10 * 128,
        128 + 1,
    ]
    assert num_trainable(network) == rows
    assert sum(rows) == 350_273
    block = " conv4/2 leaky conv3/1 leaky"
    assert layer_order(network) == f"conv3/1 leaky{2 * block} dense dense dot"


def test_the_logit_is_a_linear_function_plus_the_inner_product_with_the_label():
    # Miyato and Koyama (2018), equation 3, with phi the sum of the last features over positions.
    network = projection_gan.build_discriminator((8, 8, 1), 3, OPTIONS)
    images = tf.random.stateless_normal([4, 8, 8, 1], [0, 1])
    y = np.eye(3, dtype=np.float32)[[0, 1, 2, 1]]
    logits = network([images, tf.constant(y)]).numpy()
    embedding, linear = (x for x in network.layers if "Dense" in type(x).__name__)
    last = [x for x in network.layers if "LeakyReLU" in type(x).__name__][-1]
    features = keras.Model(network.inputs[0], last.output)(images).numpy().sum((1, 2))
    plain = features @ linear.kernel.numpy()[:, 0] + linear.bias.numpy()
    projection = ((y @ embedding.kernel.numpy()) * features).sum(1)
    np.testing.assert_allclose(logits[:, 0], plain + projection, rtol=1e-4, atol=1e-5)
    without_label = network([images, tf.zeros([4, 3])])
    np.testing.assert_allclose(without_label[:, 0], plain, rtol=1e-4, atol=1e-5)


# Height and width after all halvings: 28 / 4 = 7; 100 / 16 rounded up is 7, of which the generator
# makes 112 pixels and crops 6 on each side.
@pytest.mark.parametrize(
    ("edge", "channels", "smallest"),
    [(8, 1, 4), (28, 1, 7), (32, 3, 8), (36, 3, 5), (64, 3, 8), (100, 1, 7), (128, 3, 8)],
)
def test_images_of_every_size(edge, channels, smallest):
    shape, options = (edge, edge, channels), NetworkOptions(0, width=0.05)
    generator = projection_gan.build_generator(shape, 2, 4, options)
    assert generator.output_shape == (None, *shape)
    reshaped = next(x for x in generator.layers if type(x).__name__ == "Reshape")
    assert reshaped.output.shape[1:3] == (smallest, smallest)
    discriminator = projection_gan.build_discriminator(shape, 2, options)
    last = [x for x in discriminator.layers if "Conv" in type(x).__name__][-1]
    assert last.output.shape[1:3] == (smallest, smallest)


def test_height_and_width_may_differ():
    # 20 pixels are halved as often as 40, three times: 5 x 3 (20 / 8 rounded up), cropped from 24.
    generator = projection_gan.build_generator((40, 20, 1), 2, 4, NetworkOptions(0, width=0.1))
    assert generator.output_shape == (None, 40, 20, 1)
    assert "crop" in layer_order(generator)
