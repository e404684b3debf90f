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
        (0.02, 0.01, 0.05, NO_DIFFERENCE),
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
    # Variance 1e-4 a replicate: half width t * 0.01 / sqrt(R) <= 0.01 needs t(R-1) <= sqrt(R);
    # R = 6 has 2.571 > 2.449, R = 7 has 2.447 <= 2.646.
    assert stats.t.ppf(0.975, 5) > 6**0.5 and stats.t.ppf(0.975, 6) < 7**0.5
    result = verdict(difference(0.0, 0.02, 1e-4, 0.0), 0.7, 1000, 0.01)
    assert result.replicates_needed == 7
    assert "resolving a difference of 1 percentage point takes about 7 replicates" in result.reason
    of_gan_runs = difference(0.0, 0.02, 1e-4, 0.0)._replace(of_gan_runs=True)
    assert "takes about 7 GAN runs" in verdict(of_gan_runs, 0.7, 1000, 0.01).reason


def test_an_inconclusive_verdict_gives_the_test_images_needed_if_replicates_do_not_suffice():
    result = verdict(difference(0.0, 0.05, 1e-6, 1e-4), 0.7, 100, 0.01)
    assert (result.replicates_needed, result.test_images_needed) == (None, 394)
    assert "more than 394 test images" in result.reason


def test_figures_are_in_percentage_points():
    assert interval_text(difference(-0.005, 0.01)) == ("-0.50 points (95% CI -1.50 to +0.50)")
    assert p_text(0.0004) == "< 0.001"
    assert p_text(0.0314) == "= 0.031"
