import math

import numpy as np
import pytest
from scipy import stats

from gan_tf.study.analysis.statistics import (
    Estimate,
    estimate,
    holm,
    mcnemar,
    num_replicates_needed,
    num_test_images_needed,
)
from gan_tf.study.analysis.verdict import HELPS, HURTS, verdict


def test_without_image_variance_it_is_the_t_interval_of_the_replicate_means():
    # Every image of a replicate has the same value: image means are all 0.4, so the test set adds
    # nothing, and the interval is scipy's for the three replicate means.
    means = [0.1, 0.4, 0.7]
    found = estimate(np.repeat(means, 5).reshape(3, 5))
    expected = stats.t.interval(0.95, 2, loc=0.4, scale=stats.sem(means))
    assert found.mean == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.p_value == pytest.approx(stats.ttest_1samp(means, 0).pvalue)
    assert found.test_variance == 0


def test_the_test_set_adds_the_variance_of_its_image_means():
    # Both replicates agree on 4 images: 1, 0, 0, 0. Replicate means are equal (variance 0), the
    # residual is 0, the variance of the image means is 1/4 (deviations 3/4 and three of -1/4:
    # 9/16 + 3/16 = 3/4, over 3), so the mean's is 1/16, the standard error 1/4, and the interval
    # is that of the four image means, as if one classifier were tested.
    found = estimate(np.array([[1, 0, 0, 0], [1, 0, 0, 0]]))
    assert found.replicate_variance == 0
    assert found.standard_error == pytest.approx(0.25)
    assert found.half_width == pytest.approx(stats.t.ppf(0.975, 3) / 4)
    assert found.p_value == pytest.approx(stats.ttest_1samp([1, 0, 0, 0], 0).pvalue)


def test_the_squared_half_widths_of_both_parts_add():
    # Values are replicate[r] + image[i] with replicates 0, 0.2 and images 0, 0.3, 0.6: no residual.
    # Replicate means differ with variance 0.02, 0.01 of the mean at 1 degree; image means have
    # variance 0.09, 0.03 of the mean at 2 degrees.
    found = estimate(np.add.outer([0.0, 0.2], [0.0, 0.3, 0.6]))
    expected = 0.01 * stats.t.ppf(0.975, 1) ** 2 + 0.03 * stats.t.ppf(0.975, 2) ** 2
    assert found.half_width == pytest.approx(math.sqrt(expected))
    half_at_p = 0.01 * stats.t.isf(found.p_value / 2, 1) ** 2
    half_at_p += 0.03 * stats.t.isf(found.p_value / 2, 2) ** 2
    assert math.sqrt(half_at_p) == pytest.approx(found.mean)


def test_the_residual_is_not_counted_twice():
    # Rows (1, 0, 0) and (0, 1, 0): image means 1/2, 1/2, 0 have variance 1/12; residual values are
    # +-1/2, +-1/2, 0 over (2 - 1)(3 - 1) = 2 degrees: mean square 1/2; 1/12 - (1/2)/2 < 0 -> 0.
    found = estimate(np.array([[1, 0, 0], [0, 1, 0]]))
    assert found.test_variance == 0


def test_replicates_that_agree_by_chance_are_not_taken_for_certain():
    # The rows above have equal means, 1/3, yet disagree on images: each mean has the residual's
    # variance, 1/2 over 3 images, so that of the mean over two replicates is 1/12.
    found = estimate(np.array([[1, 0, 0], [0, 1, 0]]))
    assert found.replicate_variance == pytest.approx(1 / 6)
    assert found.standard_error == pytest.approx(math.sqrt(1 / 12))
    assert found.p_value > 0.3


def test_strata_give_the_mean_of_class_means_and_their_variance():
    # Class 0 has images 1, 1, 0, 0 in both replicates, class 1 has 1, 1. Balanced: (1/2 + 1) / 2.
    # Image variance of class 0 is 1/3, of its mean 1/12, and a quarter of that counts.
    values = np.array([[1, 1, 0, 0, 1, 1]] * 2)
    found = estimate(values, strata=np.array([0, 0, 0, 0, 1, 1]))
    assert found.mean == pytest.approx(0.75)
    assert found.test_variance == pytest.approx(1 / 48)
    # All of it is of class 0, whose four images give it three degrees of freedom.
    assert found.test_degrees == pytest.approx(3)


def test_replicates_of_one_gan_run_count_once():
    rows = np.repeat([0.0, 0.2, 0.6, 0.8], 3).reshape(4, 3)
    found = estimate(rows, runs=[0, 1, 0, 1])
    # Runs' means are 0.3 and 0.5.
    assert found.num_replicates == 2 and found.of_gan_runs
    assert found.replicate_variance == pytest.approx(np.var([0.3, 0.5], ddof=1))


def test_a_rare_class_that_has_the_variance_has_few_degrees_of_freedom():
    # Variances of the class means: 1/12 of four images (3 degrees of freedom) and 1/4 of two (1).
    # (1/12 + 1/4)^2 / ((1/12)^2 / 3 + (1/4)^2 / 1) = (16/144) / (1/432 + 27/432) = 48/28.
    values = np.array([[1, 1, 0, 0, 1, 0]] * 2)
    found = estimate(values, strata=np.array([0, 0, 0, 0, 1, 1]))
    assert found.test_degrees == pytest.approx(48 / 28)


def test_one_replicate_has_a_mean_and_nothing_else():
    found = estimate(np.array([[1, 0, 1, 1]]))
    assert found.mean == 0.75
    assert found[1:5] == (None, None, None, None)
    assert found.half_width is None


@pytest.mark.parametrize(("value", "p_value"), [(0, 1.0), (1, 1e-12)])
def test_without_any_variance_the_p_value_is_certain(value, p_value):
    assert estimate(np.full((3, 4), value)).p_value == p_value


def test_holm_multiplies_by_the_number_left_and_never_decreases():
    # Sorted 0.01, 0.02, 0.03, 0.2 times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.2.
    assert holm([0.03, 0.2, 0.01, 0.02]) == pytest.approx([0.06, 0.2, 0.04, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_mcnemar_is_the_sign_test_on_discordant_images():
    first = np.array([True] * 6 + [False] * 4)
    second = np.array([False] * 6 + [False] * 3 + [True])
    # 6 against 1 of 7: two-sided 2 * (1 + 7) / 128.
    assert mcnemar(first, second) == pytest.approx(16 / 128)
    assert mcnemar(first, first) == 1.0


def test_replicates_needed_reach_the_half_width_and_one_fewer_does_not():
    difference = Estimate(0.0, -1, 1, 1, 0.5, 3, 4e-4, 1e-6)
    needed = num_replicates_needed(difference, 500, 0.01)

    def half_width(count):
        replicates = 4e-4 / count * stats.t.ppf(0.975, count - 1) ** 2
        return math.sqrt(replicates + 1e-6 * stats.t.ppf(0.975, 499) ** 2)

    assert half_width(needed) <= 0.01 < half_width(needed - 1)


def test_a_small_test_set_is_named_where_no_replicates_help():
    # 1.984 * sqrt(1e-4) = 0.0198 > 0.01 for any R; (0.01984 / 0.01)^2 = 3.937 times the images.
    difference = Estimate(0.0, -1, 1, 1, 0.5, 3, 1e-6, 1e-4)
    assert num_replicates_needed(difference, 100, 0.01) is None
    assert num_test_images_needed(difference, 100, 0.01) == 394


def simulated_differences(rng, effect, num_seeds, num_images, seed_sd, run_sd=0.0, runs=None):
    """Differences in {-1, 0, 1} of paired classifiers with image, replicate and run variance.

    An image's own tendency is normal; a replicate and a GAN run move the chance of every image.
    """
    image = rng.normal(0, 0.1, num_images)
    moved = effect + rng.normal(0, seed_sd, (num_seeds, 1)) + image
    if runs is not None:
        moved = moved + rng.normal(0, run_sd, num_seeds)[runs][:, None]
    chance = np.clip(0.1 + moved / 2, 0, 1)
    drawn = rng.random((num_seeds, num_images))
    return (drawn < chance).astype(float) - (drawn > 1 - np.clip(0.1 - moved / 2, 0, 1))


@pytest.mark.parametrize("with_runs", [False, True], ids=["one run", "run variance"])
@pytest.mark.parametrize("num_seeds", [3, 5, 10])
def test_of_1000_studies_without_effect_at_most_64_find_one(num_seeds, with_runs):
    """64 is 5 % of 1000 plus two standard errors (sqrt(1000 * 0.05 * 0.95) = 6.9).

    The verdict is asked, as a study of one arm asks it.
    """
    rng = np.random.default_rng(num_seeds)
    found = 0
    for _ in range(1000):
        runs = np.arange(num_seeds) if with_runs else None
        values = simulated_differences(rng, 0.0, num_seeds, 400, 0.02, 0.02, runs)
        difference = estimate(values, runs=runs)
        outcome = verdict(difference, *holm([difference.p_value]), 400, 0.01).outcome
        found += outcome in (HELPS, HURTS)
    assert found <= 64


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
def test_classifiers_that_differ_on_few_images_are_not_told_apart(num_seeds):
    """Of 360 images each seed has about three changed, for better or worse alike."""
    rng = np.random.default_rng(num_seeds)
    found = 0
    for _ in range(1000):
        changed = rng.random((num_seeds, 360)) < 3 / 360
        values = changed * rng.choice([-1.0, 1.0], changed.shape)
        found += estimate(values).p_value < 0.05
    assert found <= 64


def test_two_replicates_a_run_are_not_taken_for_independent():
    """Five runs of two seeds each; taken as ten replicates the level is far above 5 %."""
    rng = np.random.default_rng(0)
    runs = np.arange(10) % 5
    found = {"by run": 0, "as ten": 0}
    for _ in range(1000):
        values = simulated_differences(rng, 0.0, 10, 400, 0.005, 0.03, runs)
        found["by run"] += estimate(values, runs=runs).p_value < 0.05
        found["as ten"] += estimate(values).p_value < 0.05
    assert found["by run"] <= 64 < found["as ten"]


@pytest.mark.parametrize("num_seeds", [3, 5, 10])
def test_an_effect_of_two_standard_errors_is_found_as_often_as_theory_says(num_seeds):
    """Replicates alone vary: |t| with a noncentral t of R - 1 degrees and noncentrality 2."""
    rng = np.random.default_rng(num_seeds)
    replicate_means = rng.normal(2 / math.sqrt(num_seeds), 1, (4000, num_seeds))
    studies = [estimate(np.repeat(row[:, np.newaxis], 2, axis=1)) for row in replicate_means]
    found = np.mean([study.p_value < 0.05 for study in studies])
    limit = stats.t.ppf(0.975, num_seeds - 1)
    theory = stats.nct.sf(limit, num_seeds - 1, 2) + stats.nct.cdf(-limit, num_seeds - 1, 2)
    assert found == pytest.approx(theory, abs=3 * math.sqrt(0.25 / 4000))
