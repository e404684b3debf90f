"""Learning rates against numbers worked out by hand."""

import keras
import numpy as np
import pytest

from gan_tf.training.optimizers.fused_adam import FusedAdam
from gan_tf.training.optimizers.rates import rate_over_steps


def test_a_rate_without_decay_is_constant():
    assert rate_over_steps(0.3, 10, 1.0, updates_per_step=2) == 0.3


def test_a_rate_is_constant_then_linear_to_zero_and_equal_within_a_step():
    # 4 steps, decay from step 2 on: rates 1, 1, 2/2, 1/2 and 0 after the end; two updates a step.
    rate = rate_over_steps(1.0, 4, 0.5, updates_per_step=2)
    rates = [float(rate(update)) for update in range(10)]
    assert rates == pytest.approx([1, 1, 1, 1, 1, 1, 0.5, 0.5, 0, 0])


def test_a_rate_can_decay_from_the_first_step():
    rate = rate_over_steps(0.8, 4, 0.0, updates_per_step=1)
    assert [float(rate(step)) for step in range(4)] == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_an_optimizer_follows_the_decay():
    # Adam moves by its rate (to epsilon) while the gradient stays the same: 0.1, 0.1, 0.05.
    optimizer = FusedAdam(rate_over_steps(0.1, 3, 1 / 3, updates_per_step=1))
    variable = keras.Variable(np.zeros([1], np.float32))
    values = []
    for _ in range(3):
        optimizer.apply([keras.ops.ones([1])], [variable])
        values.append(-float(variable[0]))
    assert values == pytest.approx([0.1, 0.2, 0.25], rel=1e-5)
