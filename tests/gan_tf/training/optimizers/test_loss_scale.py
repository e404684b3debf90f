"""Loss scaling against sequences worked out by hand."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from plain_sgd import on_replicas

from gan_tf.training.guard import NotFiniteAlarm, require_finite
from gan_tf.training.objective import Losses, Phase
from gan_tf.training.optimizers.fused_adam import FusedAdam
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.schedule import FixedSchedule, Update
from gan_tf.training.step import Step


def test_the_scale_doubles_after_finite_updates_and_halves_at_once():
    scale = LossScale(initial=8.0, growth_every=2)
    inf = math.inf
    # Gradients of the scaled loss, unscaled gradients, new scale, consecutive finite updates.
    sequence = [
        ([16.0, 24.0], [2.0, 3.0], 8.0, 1),  # divided by 8
        ([16.0, 24.0], [2.0, 3.0], 16.0, 0),  # the second in a row
        ([16.0, 24.0], [1.0, 1.5], 16.0, 1),
        ([16.0, inf], None, 8.0, 0),
        ([-math.nan, 1.0], None, 4.0, 0),
        ([16.0, 24.0], [4.0, 6.0], 4.0, 1),
    ]
    for scaled, expected, value, num_finite in sequence:
        unscaled = [g.numpy() for g in scale.unscale([tf.constant([g]) for g in scaled])]
        expected = [math.nan] * 2 if expected is None else expected
        np.testing.assert_array_equal(np.concatenate(unscaled), np.float32(expected))
        assert (float(scale.value), int(scale.num_finite)) == (value, num_finite)
    assert float(scale.scaled(tf.constant(3.0))) == 12.0


class Half:
    """One number w, whose loss w * x is computed in float16."""

    pixel_range = (0.0, 1.0)
    state = {}

    def __init__(self):
        network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1, use_bias=False)])
        network.set_weights([np.full([1, 1], 3.0, np.float32)])
        self.networks = {"w": network}

    def losses(self, update, batch, noise):
        w = self.networks["w"](tf.ones([1, 1]))[0, 0]
        product = tf.cast(w, tf.float16) * tf.cast(tf.reduce_mean(batch["x"]), tf.float16)
        return Losses({("w",): tf.cast(product, tf.float32)})


def steps_on(x, num_steps):
    """Yield weight, update count, first moment and metrics after each step on a batch ``x``."""
    half, optimizer = Half(), FusedAdam(0.5, beta_1=0.5, skips_nan=True)
    scales = {("w",): LossScale()}
    phase = Phase(half, FixedSchedule(Update((("w",),))), 9, {"w": optimizer}, loss_scales=scales)
    step = Step(phase, seed=0)
    for index in range(num_steps):
        metrics = step(index, [on_replicas({"x": np.array(x, np.float32)})])
        values = {name: float(value) for name, value in metrics.items()}
        weight = float(half.networks["w"].get_weights()[0][0, 0])
        moment = float(np.asarray(optimizer._momentums[0])[0, 0])
        yield weight, int(np.asarray(optimizer.iterations)), moment, values


# d(loss)/dw = x = 4; scaled by 2^15 it is 131072, above float16's 65504, by 2^14 it is 65536 and
# by 2^13 32768. So two updates are skipped; then the moment is (1 - 0.5) * 4 and Adam's first step
# is its rate: 3 - 0.5.
EXPECTED = [(3.0, 0, 0.0, 15, 1, 0), (3.0, 0, 0.0, 14, 1, 0), (2.5, 1, 2.0, 13, 0, 4)]


def assert_expected(steps):
    for (weight, count, moment, metrics), expected in zip(steps, EXPECTED, strict=True):
        assert weight == pytest.approx(expected[0], abs=1e-6)
        assert (count, moment) == expected[1:3]
        assert metrics == {
            "loss_scale/w": 2.0 ** expected[3],
            "skipped/w": expected[4],
            "gradient_norm/w": expected[5],
        }
        require_finite(metrics, 1, "")


def test_an_overflowing_update_is_skipped_entirely():
    assert_expected(steps_on([4.0, 4.0], 3))


def test_replicas_skip_together(two_devices):
    # The first one's gradient is 0 and never overflows; the second one's is 8, and 8 * 2^13 = 65536
    # is still too large, so 2^12 is the first scale that passes. The mean of the two is 4.
    with two_devices.scope():
        steps = list(steps_on([0.0, 8.0], 4))
    assert [metrics["skipped/w"] for *_, metrics in steps] == [1, 1, 1, 0]
    assert [count for _, count, _, _ in steps] == [0, 0, 0, 1]
    weight, _, moment, metrics = steps[-1]
    assert weight == pytest.approx(2.5, abs=1e-6)
    assert moment == pytest.approx(2.0)
    assert metrics["loss_scale/w"] == 2.0**12


def test_gradients_that_are_not_finite_at_any_scale_raise_an_alarm():
    require_finite({"loss_scale/w": 2.0**-10}, 5, "")
    with pytest.raises(NotFiniteAlarm, match="of the w are not finite at step 5 with any loss"):
        require_finite({"loss_scale/w": 2.0**-11}, 5, "")
