"""The Fréchet distance of Gaussians, by hand and by a matrix square root."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from gan_tf.metrics.frechet import frechet_distance


def test_the_distance_of_two_diagonal_gaussians_equals_that_computed_by_hand():
    # Features (+-1, +-2) have mean 0 and, over n - 1 = 3, variances 4/3 and 16/3; shifted by (3, 4)
    # and doubled, variances 16/3 and 64/3. |m - m'|^2 = 25; the trace of C + C' - 2 (C C')^(1/2)
    # is the sum of (s' - s)^2 = (4/3)^(1/2)^2 + (16/3)^(1/2)^2 = 20/3, as every s' = 2 s.
    square = np.array([[1.0, 2], [1, -2], [-1, 2], [-1, -2]])
    assert frechet_distance(square, 2 * square + [3, 4]) == pytest.approx(25 + 20 / 3, rel=1e-12)


def test_it_equals_the_formula_with_a_matrix_square_root():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(5, 5))
    real, synthetic = rng.normal(size=(60, 5)) @ mixing, rng.normal(size=(50, 5)) + 0.3
    first, second = np.cov(real, rowvar=False), np.cov(synthetic, rowvar=False)
    gap = real.mean(axis=0) - synthetic.mean(axis=0)
    expected = gap @ gap + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(real, synthetic) == pytest.approx(expected, rel=1e-9)


def test_equal_sets_have_distance_0_also_with_fewer_images_than_features():
    features = np.random.default_rng(1).normal(size=(6, 20))
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
