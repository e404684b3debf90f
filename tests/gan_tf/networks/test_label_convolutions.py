"""Label convolutions against plain layers over features with appended planes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.networks.label_convolutions import LabelConvolution, LabelTransposedConvolution

CHANNELS, NUM_CLASSES = 3, 4
LABELS = np.eye(NUM_CLASSES, dtype=np.float32)[[2, 0, 3, 2, 1]]


def with_planes(features, labels):
    """Append planes to features: every pixel of plane ``CHANNELS + k`` is ``labels[:, k]``."""
    planes = np.ones([*features.shape[:3], NUM_CLASSES], np.float32)
    return tf.concat([features, planes * labels[:, None, None, :]], axis=-1)


def layers(transposed, filters, activation=None):
    """Return our layer and Keras' own with the same initializers."""
    options = {
        "activation": activation,
        "bias_initializer": keras.initializers.RandomNormal(seed=1),
    }
    if transposed:
        fast = LabelTransposedConvolution(filters, **options)
        plain = keras.layers.Conv2DTranspose(filters, 5, strides=2, padding="same", **options)
    else:
        options |= {"kernel_size": 5, "strides": 2, "padding": "same"}
        fast, plain = (x(filters, **options) for x in (LabelConvolution, keras.layers.Conv2D))
    return fast, plain


# Odd and even sizes (borders differ), many filters and the one and three of images.
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("edges", [(6, 4), (7, 5)])
@pytest.mark.parametrize("filters", [1, 3, 6])
def test_values_and_gradients_equal_those_of_the_plain_layer(transposed, edges, filters):
    features = tf.random.stateless_normal([5, *edges, CHANNELS], [0, 1])
    fast, plain = layers(transposed, filters, "tanh")
    outputs = fast([features, LABELS])
    plain.build(with_planes(features, LABELS).shape)
    plain.set_weights(fast.get_weights())
    weights = tf.random.stateless_normal(outputs.shape, [2, 3])

    def gradients(layer, inputs):
        variables = [v.value for v in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch([features, *variables])
            outputs = layer(inputs())
            total = tf.reduce_sum(outputs * weights)
        return outputs, tape.gradient(total, [features, *variables])

    expected, expected_gradients = gradients(plain, lambda: with_planes(features, LABELS))
    actual, actual_gradients = gradients(fast, lambda: [features, LABELS])
    assert [w.shape for w in fast.get_weights()] == [w.shape for w in plain.get_weights()]
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)
    for one, other in zip(actual_gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_a_plane_counts_the_taps_that_fall_inside():
    # A kernel of ones over a 4x4 image of zeros: only the plane of the label contributes. "Same"
    # padding of stride 2 adds one row before and two after, so output row 0 sees rows 0..3 of the
    # image (4 of 5 taps) and row 1 sees rows 1..3 (3 taps). Bias 0.5.
    layer = LabelConvolution(1, 5, strides=2, padding="same")
    image = tf.zeros([1, 4, 4, 1])
    layer([image, tf.one_hot([1], 3)])
    layer.set_weights([np.ones([5, 5, 4, 1], np.float32), np.array([0.5], np.float32)])
    outputs = layer([image, tf.one_hot([1], 3)])
    np.testing.assert_array_equal(outputs[0, :, :, 0], [[16.5, 12.5], [12.5, 9.5]])


def test_each_label_has_its_own_taps():
    layer = LabelConvolution(1, 1, strides=1, padding="same", use_bias=True)
    image = tf.fill([3, 2, 2, 1], 10.0)
    layer([image, tf.one_hot([0, 1, 2], 3)])
    # 10 x 1 from the image, then 100, 200 or 300 from the plane of the label.
    layer.set_weights([np.array([1, 100, 200, 300], np.float32).reshape(1, 1, 4, 1), np.zeros(1)])
    outputs = layer([image, tf.one_hot([2, 0, 1], 3)])
    np.testing.assert_array_equal(outputs[:, 1, 1, 0], [310, 110, 210])


def test_outputs_are_bfloat16_in_mixed_precision():
    layer = LabelTransposedConvolution(6, dtype="mixed_bfloat16")
    outputs = layer([tf.zeros([5, 4, 4, CHANNELS]), LABELS])
    assert outputs.dtype == tf.bfloat16 and outputs.shape == (5, 8, 8, 6)
    assert tuple(layer.compute_output_shape([(5, 4, 4, 3), (5, 4)])) == (5, 8, 8, 6)
