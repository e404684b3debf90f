"""The upsampling convolution against its definition."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.networks.upsampling_convolution import UpsamplingConvolution


@pytest.mark.parametrize("edges", [(3, 5), (1, 2)])
def test_values_and_gradients_equal_those_of_a_convolution_of_repeated_pixels(edges):
    features = tf.random.stateless_normal([2, *edges, 3], [0, 1])
    bias = keras.initializers.RandomNormal(seed=1)
    fast = UpsamplingConvolution(4, bias_initializer=bias)
    convolution = keras.layers.Conv2D(4, 3, padding="same")
    plain = keras.Sequential([keras.layers.UpSampling2D(2), convolution])
    weights = tf.random.stateless_normal([2, 2 * edges[0], 2 * edges[1], 4], [2, 3])
    fast(features), plain(features)
    plain.set_weights(fast.get_weights())

    def results(layer):
        variables = [v.value for v in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch([features, *variables])
            outputs = layer(features)
            total = tf.reduce_sum(outputs * weights)
        return [outputs, *tape.gradient(total, [features, *variables])]

    for ours, plain_ones in zip(results(fast), results(plain), strict=True):
        np.testing.assert_allclose(ours, plain_ones, rtol=1e-4, atol=1e-5)


def test_an_output_pixel_sees_the_repeated_pixels_around_it():
    # The 2x1 map (1, 10) is repeated to rows 1, 1, 10, 10 of two columns. With kernel rows 1, 2, 4
    # in the middle column only: row 0 sees 2 * 1 + 4 * 1 = 6, row 1 sees 1 + 2 + 40 = 43, row 2
    # sees 1 + 20 + 40 = 61, row 3 sees 10 + 20 = 30. Bias 0.5.
    layer = UpsamplingConvolution(1)
    layer.build((1, 2, 1, 1))
    kernel = np.zeros([3, 3, 1, 1], np.float32)
    kernel[:, 1, 0, 0] = 1, 2, 4
    layer.set_weights([kernel, np.array([0.5], np.float32)])
    outputs = layer(tf.reshape([1.0, 10.0], [1, 2, 1, 1]))
    expected = np.array([6.5, 43.5, 61.5, 30.5])
    np.testing.assert_array_equal(outputs[0, :, :, 0], np.stack([expected, expected], axis=1))


def test_outputs_are_bfloat16_in_mixed_precision():
    layer = UpsamplingConvolution(6, dtype="mixed_bfloat16")
    outputs = layer(tf.zeros([5, 4, 3, 2]))
    assert outputs.dtype == tf.bfloat16 and outputs.shape == (5, 8, 6, 6)
    assert layer.compute_output_shape((5, 4, 3, 2)) == (5, 8, 6, 6)
