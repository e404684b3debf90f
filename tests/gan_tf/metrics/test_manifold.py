"""Precision, recall, density and coverage, by hand and against loops."""

import numpy as np
import pytest

from gan_tf.metrics import manifold
from gan_tf.metrics.manifold import coverage, density, precision, recall

# On a line, with one neighbor: the balls of 0, 1, 4 and 6 reach 1, 1, 2 and 2.
REAL = np.array([[0.0], [1], [4], [6]])
# 0.5 is in the balls of 0 and 1; 2 in those of 1 (surface) and 4 (surface); 9 in none. The balls of
# 0.5, 2 and 9 reach 1.5, 1.5 and 7.
SYNTHETIC = np.array([[0.5], [2], [9]])


@pytest.fixture
def one_neighbor(monkeypatch):
    monkeypatch.setattr(manifold, "PRECISION_NEIGHBORS", 1)
    monkeypatch.setattr(manifold, "DENSITY_NEIGHBORS", 1)


@pytest.mark.usefixtures("one_neighbor")
def test_values_equal_those_computed_by_hand():
    # 0.5 and 2 of three.
    assert precision(REAL, SYNTHETIC) == pytest.approx(2 / 3)
    # 0 and 1 are in the ball of 0.5, 4 and 6 in that of 9 (2 to 16).
    assert recall(REAL, SYNTHETIC) == 1.0
    # Two balls around 0.5, two around 2, none around 9.
    assert density(REAL, SYNTHETIC) == pytest.approx(4 / 3)
    # The ball of 6 (4 to 8) has no synthetic point.
    assert coverage(REAL, SYNTHETIC) == 0.75


def loops(real, synthetic, k):
    """Return precision, density and coverage with k neighbors from their definitions."""
    radii = [sorted(np.linalg.norm(x - y) for y in real)[k] for x in real]
    inside = [
        [np.linalg.norm(x - y) <= radius for x, radius in zip(real, radii, strict=True)]
        for y in synthetic
    ]
    return (
        np.mean([any(row) for row in inside]),
        np.mean([sum(row) / k for row in inside]),
        np.mean([any(row[i] for row in inside) for i in range(len(real))]),
    )


def test_values_equal_those_of_loops_over_all_pairs():
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(30, 4)), 0.7 * rng.normal(size=(20, 4)) + 0.3
    assert precision(real, synthetic) == pytest.approx(loops(real, synthetic, 3)[0])
    assert recall(real, synthetic) == pytest.approx(loops(synthetic, real, 3)[0])
    assert density(real, synthetic) == pytest.approx(loops(real, synthetic, 5)[1])
    assert coverage(real, synthetic) == pytest.approx(loops(real, synthetic, 5)[2])


def test_a_set_that_lacks_half_of_the_data_is_precise_but_does_not_cover_them():
    # Two far clusters; the synthetic points are all in the first.
    rng = np.random.default_rng(1)
    first, second, synthetic = rng.normal(size=(3, 200, 2))
    real = np.concatenate([first, second + 100])
    assert precision(real, synthetic) > 0.95 and density(real, synthetic) > 0.8
    assert recall(real, synthetic) < 0.55 and coverage(real, synthetic) < 0.55


@pytest.mark.parametrize("metric", [precision, recall, density, coverage])
def test_two_points_of_each_set_are_enough(metric):
    # With one other point there is one neighbor; equal sets contain each other.
    points = np.array([[0.0], [1]], np.float32)
    assert metric(points, points) in (1.0, 2.0)
