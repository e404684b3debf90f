"""The kernel distance, by hand and over many draws."""

import numpy as np
import pytest

from gan_tf.metrics.kernel import kernel_distance


def test_the_distance_equals_that_computed_by_hand():
    # One feature: k(x, y) = (x y + 1)^3. Real 0 and 1: the pair has k = 1. Synthetic 1 and 2: the
    # pair has k = 27. Across: k(0, 1) = k(0, 2) = 1, k(1, 1) = 8, k(1, 2) = 27, mean 37/4.
    real, synthetic = np.array([[0.0], [1]]), np.array([[1.0], [2]])
    assert kernel_distance(real, synthetic) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_the_mean_distance_of_equal_distributions_is_0():
    # Mean of 400 draws; its standard error is estimated from them.
    rng = np.random.default_rng(0)
    values = [kernel_distance(*rng.normal(size=(2, 10, 3))) for _ in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / 20
    assert min(values) < 0
