import itertools

import keras
import numpy as np
import pytest
from scipy.signal import correlate

from gan_tf.classifiers.objective import Classifier
from gan_tf.classifiers.recipes.caffe_adam import CaffeAdam
from gan_tf.classifiers.recipes.lenet import lenet, lenet_optimizer, lenet_stages
from gan_tf.training.loop import run_phase


def plain_lenet(images: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """Compute the network of figure 5.1 in loops."""
    values = images * 0.0125
    for kernel, bias in (weights[0:2], weights[2:4]):
        maps = [
            correlate(values, kernel[..., k], "valid")[..., 0] + bias[k]
            for k in range(kernel.shape[3])
        ]
        values = np.stack(maps, axis=-1)
        height, width, depth = values.shape
        values = values.reshape(height // 2, 2, width // 2, 2, depth).max(axis=(1, 3))
    hidden = np.maximum(values.ravel() @ weights[4] + weights[5], 0)
    return hidden @ weights[6] + weights[7]


def test_logits_equal_a_plain_implementation():
    network = lenet((28, 28, 1), 10, seed=3)
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1)).astype(np.float32)
    rng = np.random.default_rng(1)
    network.set_weights([w + rng.normal(0, 0.05, w.shape) for w in network.get_weights()])
    expected = [plain_lenet(image, network.get_weights()) for image in images]
    np.testing.assert_allclose(network(images).numpy(), expected, rtol=1e-3, atol=1e-4)


def test_the_number_of_parameters_is_that_of_the_architecture():
    # 5*5*1*20 + 20, 5*5*20*50 + 50, 4*4*50*500 + 500, 500*10 + 10.
    assert lenet((28, 28, 1), 10, seed=0).count_params() == 520 + 25050 + 400500 + 5010
    # In color the first layer has 5*5*3*20 + 20; at 36 px the second pool leaves 6*6*50.
    assert lenet((36, 36, 3), 2, seed=0).count_params() == 1520 + 25050 + 900500 + 1002


def test_weights_have_glorot_limits_and_biases_start_at_zero():
    weights = lenet((28, 28, 1), 10, seed=0).get_weights()
    fans = [(25, 500), (500, 1250), (800, 500), (500, 10)]
    for kernel, bias, (fan_in, fan_out) in zip(weights[::2], weights[1::2], fans, strict=True):
        limit = np.sqrt(6 / (fan_in + fan_out))
        assert 0.98 * limit < np.abs(kernel).max() <= limit
        assert not bias.any()


def test_a_seed_decides_the_weights():
    first, same, other = (lenet((28, 28, 1), 10, seed).get_weights()[4] for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)


def test_learning_rate_falls_by_a_hundred_decays_over_the_training():
    rate = lenet_optimizer(num_steps=5000)._learning_rate
    # Step 2500 of 5000: 1e-3 * 0.95^50.
    assert float(rate(0)) == pytest.approx(1e-3)
    assert float(rate(2500)) == pytest.approx(1e-3 * 0.95**50, rel=1e-4)
    assert float(rate(5000)) == pytest.approx(1e-3 * 0.95**100, rel=1e-4)


def test_optimizer_equals_plain_adam_with_decay_in_the_gradient_and_double_bias_rate():
    kernel, bias = keras.Variable([2.0, -1.0], name="kernel"), keras.Variable([0.5], name="bias")
    optimizer = CaffeAdam(0.01, bias_rate=2.0, l2=0.1)
    expected = {"kernel": np.array([2.0, -1.0]), "bias": np.array([0.5])}
    moments = {name: (np.zeros_like(v), np.zeros_like(v)) for name, v in expected.items()}
    for step in range(1, 4):
        gradients = {"kernel": np.array([0.3, -2.0]) * step, "bias": np.array([-0.7])}
        optimizer.apply(
            [keras.ops.convert_to_tensor(g, "float32") for g in gradients.values()],
            [kernel, bias],
        )
        for name, rate in (("kernel", 0.01), ("bias", 0.02)):
            gradient = gradients[name] + 0.1 * expected[name]
            first, second = moments[name]
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            moments[name] = (first, second)
            corrected = np.sqrt(second / (1 - 0.999**step))
            expected[name] -= rate * first / (1 - 0.9**step) / (corrected + 1e-8)
    np.testing.assert_allclose(kernel.numpy(), expected["kernel"], rtol=1e-5)
    np.testing.assert_allclose(bias.numpy(), expected["bias"], rtol=1e-5)


def test_the_first_step_moves_weights_by_the_rate_and_biases_by_twice_that():
    # Adam's first step is the rate whatever the gradient, in the compiled loop as well.
    network = lenet((28, 28, 1), 10, seed=0)
    before = network.get_weights()
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1), np.uint8)
    batch = {"image": images, "label": np.arange(4, dtype=np.int32)}
    (stage,) = lenet_stages(Classifier(network), 1000, {})
    run_phase(stage.phase._replace(steps=1), itertools.repeat(batch), seed=0)
    for kernel, bias, old_kernel, old_bias in zip(
        network.get_weights()[::2],
        network.get_weights()[1::2],
        before[::2],
        before[1::2],
        strict=True,
    ):
        assert np.abs(kernel - old_kernel).max() == pytest.approx(1e-3, rel=1e-2)
        assert np.abs(bias - old_bias).max() == pytest.approx(2e-3, rel=1e-2)
