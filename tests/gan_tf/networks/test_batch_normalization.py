"""Fused batch normalization against Keras' own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.networks.batch_normalization import FusedBatchNormalization
from gan_tf.networks.layers import Normalization


@pytest.mark.parametrize("shape", [(6, 5), (3, 2, 4, 5)])
def test_values_gradients_and_moving_statistics_equal_those_of_keras(shape):
    inputs = 3.0 + 2.0 * tf.random.stateless_normal(shape, [0, 1])
    weights = tf.random.stateless_normal(shape, [2, 3])
    results = []
    for kind in (FusedBatchNormalization, keras.layers.BatchNormalization):
        layer = kind(momentum=0.9, epsilon=1e-5)
        layer.build(shape)
        layer.gamma.assign([0.5, 1.0, 1.5, 2.0, 2.5])
        layer.beta.assign([-2.0, -1.0, 0.0, 1.0, 2.0])
        variables = [v.value for v in layer.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch([inputs, *variables])
            outputs = layer(inputs, training=True)
            total = tf.reduce_sum(outputs * weights)
        gradients = tape.gradient(total, [inputs, *variables])
        inference = layer(inputs, training=False)
        moving = [layer.moving_mean.value, layer.moving_variance.value]
        results.append([outputs, *gradients, *moving, inference])
    for ours, keras_own in zip(*results, strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-4, atol=1e-5)


def test_moving_statistics_equal_those_computed_by_hand():
    # One channel, values 1 and 3: mean 2, variance 1 (over 2, not over 1). From 0 and 1 with
    # momentum 0.9: 0.9 * 0 + 0.1 * 2 = 0.2 and 0.9 * 1 + 0.1 * 1 = 1.
    layer = FusedBatchNormalization(momentum=0.9, epsilon=1e-5)
    layer(tf.constant([[1.0], [3.0]]), training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.2], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [1.0], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_statistics_are_float32_in_mixed_precision(dtype):
    # bfloat16 has 256 and 258 but not 257, and the sum of 1,000 of them overflows float16.
    layer = FusedBatchNormalization(momentum=0.0, dtype=dtype)
    half = tf.as_dtype(dtype.removeprefix("mixed_"))
    inputs = tf.cast(tf.repeat([[256.0], [258.0]], 500, axis=0), half)
    outputs = layer(inputs, training=True)
    assert outputs.dtype == half
    assert {v.dtype for v in layer.variables} == {"float32"}
    np.testing.assert_allclose(layer.moving_mean, [257.0], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [1.0], rtol=1e-3)


def test_a_frozen_layer_keeps_its_statistics():
    layer = FusedBatchNormalization()
    layer.build((4, 1))
    layer.trainable = False
    outputs = layer(tf.constant([[1.0], [3.0], [5.0], [7.0]]), training=True)
    np.testing.assert_array_equal(layer.moving_mean, [0.0])
    # Initial mean 0 and variance 1, epsilon 1e-3.
    np.testing.assert_allclose(outputs[:, 0], np.array([1, 3, 5, 7]) / np.sqrt(1.001), rtol=1e-5)


@pytest.mark.parametrize("kind", ["batch", "layer", "none"])
def test_every_kind_computes_in_the_given_precision(kind):
    layer = Normalization(momentum=0.9, epsilon=1e-5, kind=kind).layer("mixed_bfloat16")
    assert layer.compute_dtype == "bfloat16"
