import pytest
from scipy import stats

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.verdict import (
    HELPS,
    HURTS,
    INCONCLUSIVE,
    NO_DIFFERENCE,
    interval_text,
    p_text,
    verdict,
)


def difference(mean, half_width, replicate_variance=1e-4, test_variance=1e-7):
    low, high = mean - half_width, mean + half_width
    return Estimate(mean, low, high, half_width / 3, 0.5, 5, replicate_variance, test_variance)


@pytest.mark.parametrize(
    ("mean", "half_width", "p_value", "outcome"),
    [
        (0.02, 0.01, 0.049, HELPS),
        (-0.02, 0.01, 0.049, HURTS),
        (0.02, 0.01, 0.05, INCONCLUSIVE),
        # Narrow, but not within the smallest effect.
        (0.004, 0.007, 0.3, INCONCLUSIVE),
        (0.004, 0.006, 0.3, NO_DIFFERENCE),
        (-0.004, 0.007, 0.3, INCONCLUSIVE),
        (0.0, 0.009, 0.9, NO_DIFFERENCE),
        (0.0, 0.011, 0.9, INCONCLUSIVE),
    ],
)
def test_the_four_outcomes(mean, half_width, p_value, outcome):
    assert verdict(difference(mean, half_width), p_value, 1000, 0.01).outcome == outcome


def test_a_single_replicate_needs_a_second():
    single = Estimate(0.1, None, None, None, None, 1, None, None)
    result = verdict(single, None, 1000, 0.01)
    assert (result.outcome, result.replicates_needed) == (INCONCLUSIVE, 2)
    assert "at least 2" in result.reason


def test_an_inconclusive_verdict_gives_the_number_of_replicates_needed():
    # Variance 1e-4 a replicate: (t(R-1) + 0.8416) 0.01 / sqrt(R) <= 0.01, where 0.8416 is the
    # normal quantile of 80 %; R = 9 has 3.148 > 3, R = 10 has 3.104 <= 3.162. For the range see
    # test_sample_size.py.
    assert stats.t.ppf(0.975, 8) + 0.8416 > 3 and stats.t.ppf(0.975, 9) + 0.8416 < 10**0.5
    result = verdict(difference(0.0, 0.02, 1e-4, 0.0), 0.7, 1000, 0.01)
    assert result.replicates_needed == 10
    advice = (
        "finding a difference of 1 percentage point in 80% of studies takes about 10 replicates"
    )
    assert result.reason.endswith(f"{advice} (6 to 32)")
    of_gan_runs = difference(0.0, 0.02, 1e-4, 0.0)._replace(of_gan_runs=True)
    assert "takes about 10 GAN runs" in verdict(of_gan_runs, 0.7, 1000, 0.01).reason
    # One of three comparisons is tested at a third of the level.
    assert verdict(difference(0.0, 0.02, 1e-4, 0.0), 0.7, 1000, 0.01, 3).replicates_needed > 10


def test_an_inconclusive_study_that_was_large_enough_says_so():
    result = verdict(difference(0.006, 0.008, 1e-5, 0.0), 0.2, 1000, 0.01)
    assert (result.outcome, result.replicates_needed) == (INCONCLUSIVE, None)
    found = "a difference of 1 percentage point would be found in 80% of studies like this one"
    assert result.reason.endswith(found)


def test_an_inconclusive_verdict_gives_the_test_images_needed_if_replicates_do_not_suffice():
    result = verdict(difference(0.0, 0.05, 1e-6, 1e-4), 0.7, 100, 0.01)
    assert (result.replicates_needed, result.test_images_needed) == (None, 785)
    assert "about 785 test images are needed" in result.reason


def test_figures_are_in_percentage_points():
    assert interval_text(difference(-0.005, 0.01)) == ("-0.50 points (95% CI -1.50 to +0.50)")
    assert p_text(0.0004) == "< 0.001"
    assert p_text(0.0314) == "= 0.031"
