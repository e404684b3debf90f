"""Noise: a pure function of key, name and global example index."""

import numpy as np

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


def test_thinned_noise_is_that_of_every_so_manyth_example():
    noise = Noise(Noise.key(7, 3, 1), 3, first_example=3, global_batch=6)
    expected = noise.normal("latent", [4]).numpy()[[0, 2]]
    np.testing.assert_array_equal(noise.thinned(2).normal("latent", [4]), expected)


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
