"""Spectral normalization against NumPy's singular values and a power iteration by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.networks.label_convolutions import LabelConvolution
from gan_tf.networks.spectral import SpectralKernel, iterate_power, spectral

LAYERS = {
    "dense": lambda dtype="float32": spectral(keras.layers.Dense)(5, dtype=dtype),
    "convolution": lambda dtype="float32": spectral(keras.layers.Conv2D)(5, 3, dtype=dtype),
    "label convolution": lambda dtype="float32": spectral(LabelConvolution)(
        5, 3, strides=2, padding="same", dtype=dtype
    ),
}


def network(name, dtype="float32"):
    """Return a network of one layer, with weights that are far from normalized, and the layer."""
    if name == "dense":
        inputs = keras.Input([7])
    elif name == "convolution":
        inputs = keras.Input([6, 6, 2])
    else:
        inputs = [keras.Input([6, 6, 2]), keras.Input([3])]
    model = keras.Model(inputs, LAYERS[name](dtype)(inputs))
    layer = model.layers[-1]
    weights = np.random.default_rng(3).normal(size=layer._kernel.shape) * 4
    layer._kernel.assign(weights.astype(np.float32))
    return model, layer


def as_matrix(kernel):
    return np.asarray(kernel, np.float64).reshape(-1, kernel.shape[-1])


@pytest.mark.parametrize("name", LAYERS)
def test_after_many_iterations_the_largest_singular_value_is_1(name):
    model, layer = network(name)
    raw = as_matrix(layer._kernel)
    for _ in range(80):
        iterate_power(model)
    largest = np.linalg.svd(raw, compute_uv=False)[0]
    np.testing.assert_allclose(as_matrix(layer.kernel), raw / largest, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(as_matrix(layer._kernel), raw)


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_uses_the_normalized_kernel(name):
    model, layer = network(name)
    plain = next(base for base in type(layer).__mro__ if base not in (type(layer), SpectralKernel))
    twin = plain.from_config(
        {k: v for k, v in layer.get_config().items() if k != "name"} | {"dtype": "float32"}
    )
    inputs = [np.random.default_rng(0).normal(size=(2, *x.shape[1:])) for x in model.inputs]
    if name == "label convolution":
        inputs[1] = np.eye(3)[[0, 2]]
    inputs = [tf.constant(x, tf.float32) for x in inputs]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    twin(inputs)
    twin.kernel.assign(layer.kernel)
    np.testing.assert_allclose(model(inputs), twin(inputs), rtol=1e-5, atol=1e-6)


def test_one_iteration_equals_the_paper():
    model, layer = network("convolution")
    matrix, u = as_matrix(layer._kernel), np.asarray(layer.u, np.float64)
    iterate_power(model)
    v = matrix @ u
    v /= np.linalg.norm(v)
    expected = matrix.T @ v
    np.testing.assert_allclose(layer.u, expected / np.linalg.norm(expected), rtol=1e-5)
    # Calling the network, in training or not, does not iterate.
    before = layer.u.numpy()
    model(np.zeros([1, 6, 6, 2], np.float32), training=True)
    np.testing.assert_array_equal(layer.u, before)


def test_gradients_treat_the_singular_vectors_as_constants():
    # For f = sum(G * W / s) with s = v' W u and constant u, v, equation 12 of the paper:
    # df/dW = (G - f v u') / s.
    model, layer = network("dense")
    matrix, u = as_matrix(layer._kernel), np.asarray(layer.u, np.float64)
    u /= np.linalg.norm(u)
    v = matrix @ u / np.linalg.norm(matrix @ u)
    upstream = np.random.default_rng(1).normal(size=matrix.shape)
    s = v @ matrix @ u
    f = (upstream * matrix).sum() / s
    expected = (upstream - f * np.outer(v, u)) / s
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer.kernel * tf.constant(upstream, tf.float32))
    np.testing.assert_allclose(
        tape.gradient(value, layer._kernel.value), expected, rtol=1e-4, atol=1e-6
    )
    assert [v.path for v in model.trainable_variables] == [layer._kernel.path, layer.bias.path]


def test_the_norm_is_float32_in_mixed_precision():
    model, layer = network("convolution", "mixed_bfloat16")
    exact, _ = network("convolution")
    for _ in range(5):
        iterate_power(model)
        iterate_power(exact)
    assert (layer.u.dtype, layer._kernel.dtype) == ("float32", "float32")
    outputs = model(np.ones([1, 6, 6, 2], np.float32))
    # bfloat16 keeps 8 bits: each weight and sum is off by at most 1 part in 256.
    expected = exact(np.ones([1, 6, 6, 2], np.float32)).numpy()
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), expected, atol=0.02)
