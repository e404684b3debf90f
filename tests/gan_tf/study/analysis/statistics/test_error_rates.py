"""Simulated studies: how often a test rejects, with and without an effect."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_tf.study.analysis.statistics.estimate import SHARE, estimate
from gan_tf.study.analysis.statistics.significance import holm
from gan_tf.study.analysis.verdict import HELPS, HURTS, verdict

#: 5% of 1000 plus two standard errors (sqrt(1000 * 0.05 * 0.95) = 6.9).
MAX_REJECTIONS = 64


def simulated_differences(rng, effect, num_seeds, num_images, seed_sd, run_sd=0.0, gan_runs=None):
    """Differences in {-1, 0, 1} of paired classifiers with image, replicate and run variance.

    Each image has a normal effect of its own; a replicate and a GAN run shift the probability of
    every image.
    """
    image = rng.normal(0, 0.1, num_images)
    shift = effect + rng.normal(0, seed_sd, (num_seeds, 1)) + image
    if gan_runs is not None:
        shift = shift + rng.normal(0, run_sd, num_seeds)[gan_runs][:, None]
    probability = np.clip(0.1 + shift / 2, 0, 1)
    drawn = rng.random((num_seeds, num_images))
    return (drawn < probability).astype(float) - (drawn > 1 - np.clip(0.1 - shift / 2, 0, 1))


@pytest.mark.parametrize("with_runs", [False, True], ids=["one run", "run variance"])
@pytest.mark.parametrize("num_seeds", [3, 5, 10])
def test_at_most_64_of_1000_studies_without_an_effect_report_one(num_seeds, with_runs):
    """The verdict is that of a study with a single arm."""
    rng = np.random.default_rng(num_seeds)
    num_rejected = 0
    for _ in range(1000):
        gan_runs = np.arange(num_seeds) if with_runs else None
        values = simulated_differences(rng, 0.0, num_seeds, 400, 0.02, 0.02, gan_runs)
        difference = estimate(values, gan_runs=gan_runs)
        outcome = verdict(difference, *holm([difference.p_value]), 400, 0.01).outcome
        num_rejected += outcome in (HELPS, HURTS)
    assert num_rejected <= MAX_REJECTIONS


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_classifiers_that_differ_on_few_images_do_not_differ_significantly(num_seeds):
    """Each seed changes about three of 360 images, equally often for better or worse."""
    rng = np.random.default_rng(num_seeds)
    num_rejected = 0
    for _ in range(1000):
        changed = rng.random((num_seeds, 360)) < 3 / 360
        values = changed * rng.choice([-1.0, 1.0], changed.shape)
        num_rejected += estimate(values).p_value < 0.05
    assert num_rejected <= MAX_REJECTIONS


def test_two_replicates_of_one_gan_run_are_not_independent():
    """Five runs of two seeds each; as ten independent replicates the level is far above 5%."""
    rng = np.random.default_rng(0)
    gan_runs = np.arange(10) % 5
    num_rejected = {"by run": 0, "as ten": 0}
    for _ in range(1000):
        values = simulated_differences(rng, 0.0, 10, 400, 0.005, 0.03, gan_runs)
        num_rejected["by run"] += estimate(values, gan_runs=gan_runs).p_value < 0.05
        num_rejected["as ten"] += estimate(values).p_value < 0.05
    assert num_rejected["by run"] <= MAX_REJECTIONS < num_rejected["as ten"]


@pytest.mark.parametrize("accuracy", [0.95, 0.99, 0.999])
def test_intervals_of_nearly_perfect_classifiers_contain_the_true_accuracy(accuracy):
    """50 images, on which three seeds agree; without a floor 8, 60 and 95 % would be empty."""
    rng = np.random.default_rng(0)
    correct = np.repeat(rng.random((1000, 1, 50)) < accuracy, 3, axis=1).astype(float)
    estimates = [estimate(one, kind=SHARE).within(0, 1) for one in correct]
    assert sum(one.low <= accuracy <= one.high for one in estimates) >= 1000 - MAX_REJECTIONS


@pytest.mark.parametrize("num_seeds", [3, 5, 10])
def test_an_effect_of_two_standard_errors_is_detected_with_the_theoretical_power(num_seeds):
    """Only replicates vary: noncentral t with R - 1 degrees of freedom and noncentrality 2."""
    rng = np.random.default_rng(num_seeds)
    replicate_means = rng.normal(2 / math.sqrt(num_seeds), 1, (4000, num_seeds))
    studies = [estimate(np.repeat(row[:, np.newaxis], 2, axis=1)) for row in replicate_means]
    power = np.mean([study.p_value < 0.05 for study in studies])
    limit = stats.t.ppf(0.975, num_seeds - 1)
    theory = stats.nct.sf(limit, num_seeds - 1, 2) + stats.nct.cdf(-limit, num_seeds - 1, 2)
    assert power == pytest.approx(theory, abs=3 * math.sqrt(0.25 / 4000))
