"""Noise: a pure function of key, name and global example index."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.training.noise import Noise, derived_seed


def test_the_halves_of_a_batch_make_the_whole():
    key = Noise.key(7, 3, 1)
    whole = Noise(key, 6)
    halves = [Noise(key, 3, first, global_batch=6) for first in (0, 3)]
    probabilities = np.array([0.2, 0.8], np.float32)
    for draw in (
        lambda noise: noise.normal("latent", [4]),
        lambda noise: noise.uniform("mix"),
        lambda noise: noise.categories("label", probabilities),
    ):
        np.testing.assert_array_equal(draw(whole), np.concatenate([draw(half) for half in halves]))


def test_noise_of_some_rows_is_theirs():
    noise = Noise(Noise.key(7, 3, 1), 3, first_example=3, global_batch=6)
    expected = noise.normal("latent", [4]).numpy()[[0, 2]]
    some = noise.of_rows(tf.constant([0, 2]))
    np.testing.assert_array_equal(some.normal("latent", [4]), expected)


@pytest.mark.parametrize(("every", "size"), [(1, 8), (4, 2), (3, 2), (8, 1), (20, 1)])
def test_rows_are_spaced_from_a_random_one_on(every, size):
    drawn = [Noise(Noise.key(7, 3, n), 8).spaced_rows("r1", every).numpy() for n in range(200)]
    for rows in drawn:
        assert len(rows) == size and 0 <= rows[0] < every and rows[-1] < 8
        assert (np.diff(rows) == every).all()
    # Replicas choose the same places.
    again = Noise(Noise.key(7, 3, 0), 8, first_example=8, global_batch=16)
    np.testing.assert_array_equal(again.spaced_rows("r1", every), drawn[0])
    if 8 % every == 0:  # Each of the eight has the same chance; 200 / 20 is the least, by far.
        counts = np.bincount(np.concatenate(drawn), minlength=8)
        assert counts.min() > 200 * size / 8 / 2


def test_noise_depends_on_seed_counters_and_name():
    def draw(seed=1, step=2, update=3, name="latent"):
        return Noise(Noise.key(seed, step, update), 2).normal(name, [3]).numpy().tobytes()

    others = [draw(seed=2), draw(step=3), draw(update=4), draw(name="other"), draw(seed=1 << 31)]
    assert draw() == draw()
    assert len({draw(), *others}) == 1 + len(others)


def test_normal_numbers_are_standard():
    values = Noise(Noise.key(0), 200).normal("latent", [100]).numpy()
    # 20,000 numbers: five standard errors of the mean are 5 / sqrt(20000) = 0.035.
    assert abs(values.mean()) < 0.036
    assert abs(values.std() - 1) < 0.025


def test_categories_follow_their_probabilities_and_skip_those_of_zero():
    drawn = Noise(Noise.key(0), 10_000).categories("x", np.array([0.25, 0.0, 0.75], np.float32))
    counts = np.bincount(drawn.numpy(), minlength=3)
    # Five standard deviations of a binomial of 10,000 and 1/4: 5 * sqrt(1875) = 217.
    assert abs(counts[0] - 2500) < 217
    assert counts[1] == 0


def test_derived_seeds_differ_by_name_order_and_seed():
    seeds = [
        derived_seed(1, "a"),
        derived_seed(1, "b"),
        derived_seed(2, "a"),
        derived_seed(1, "a", "b"),
        derived_seed(1, "b", "a"),
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
