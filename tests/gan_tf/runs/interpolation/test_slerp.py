"""Spherical interpolation, against angles and lengths worked out by hand."""

import numpy as np
import pytest

from gan_tf.runs.interpolation.slerp import slerp

HALF = np.sqrt(0.5)


def test_orthogonal_unit_vectors_meet_at_45_degrees():
    # Thirds of a right angle are 30 degrees: cosine sqrt(3)/2, sine 1/2.
    fractions = [0, 1 / 3, 0.5, 2 / 3, 1]
    root = np.sqrt(3) / 2
    expected = [[1, 0, 0], [root, 0.5, 0], [HALF, HALF, 0], [0.5, root, 0], [0, 1, 0]]
    np.testing.assert_allclose(slerp([1, 0, 0], [0, 1, 0], fractions), expected, atol=1e-15)


def test_vectors_of_equal_length_keep_it_and_turn_in_equal_steps():
    # (3, 4) turned by a right angle is (-4, 3); halfway it is (3 - 4, 4 + 3) / sqrt(2).
    path = slerp([3, 4], [-4, 3], np.linspace(0, 1, 7))
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 5)
    np.testing.assert_allclose(path[3], [-HALF, 7 * HALF])
    # A right angle in six steps of 15 degrees; 25 is the product of the lengths.
    cosines = (path[1:] * path[:-1]).sum(1) / 25
    np.testing.assert_allclose(cosines, np.cos(np.pi / 12))


def test_vectors_of_equal_length_follow_the_formula_of_the_sources():
    start, end = np.random.default_rng(0).normal(size=(2, 16))
    end *= np.linalg.norm(start) / np.linalg.norm(end)
    angle = np.arccos(start @ end / (start @ start))
    t = np.linspace(0, 1, 5)[:, np.newaxis]
    expected = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)
    np.testing.assert_allclose(slerp(start, end, t[:, 0]), expected, atol=1e-12)


def test_the_length_changes_linearly():
    # Halfway from length 2 to length 4 it is 3, at 45 degrees.
    np.testing.assert_allclose(slerp([2, 0], [0, 4], [0.5]), [[3 * HALF, 3 * HALF]])


def test_equal_vectors_stay_and_parallel_ones_follow_the_line():
    np.testing.assert_allclose(slerp([3, 4], [3, 4], [0, 0.3, 1]), [[3, 4]] * 3, rtol=1e-15)
    np.testing.assert_allclose(slerp([3, 4], [6, 8], [0, 0.5, 1]), [[3, 4], [4.5, 6], [6, 8]])


def test_opposite_vectors_pass_the_axis_on_which_the_first_is_smallest():
    # (2, 0, 0) is smallest on the second axis, the first of two: a half turn passes (0, 2, 0).
    path = slerp([2, 0, 0], [-2, 0, 0], [0, 0.25, 0.5, 1])
    expected = [[2, 0, 0], [2 * HALF, 2 * HALF, 0], [0, 2, 0], [-2, 0, 0]]
    np.testing.assert_allclose(path, expected, atol=1e-15)


@pytest.mark.parametrize(("start", "end"), [([2.0], [-2.0]), ([0.0, 0.0], [0.0, 4.0])])
def test_vectors_without_an_arc_are_joined_somehow(start, end):
    path = slerp(start, end, [0, 0.5, 1])
    middle = {1: [0.0], 2: [0.0, 2.0]}[len(start)]
    np.testing.assert_allclose(path, [start, middle, end], atol=1e-15)


def test_ends_are_exact_in_the_precision_of_latent_vectors():
    start, end = np.random.default_rng(1).normal(size=(2, 100)).astype(np.float32)
    path = slerp(start, end, np.linspace(0, 1, 9)).astype(np.float32)
    np.testing.assert_array_equal(path[[0, -1]], [start, end])
