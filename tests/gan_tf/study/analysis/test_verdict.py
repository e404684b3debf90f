import pytest
from scipy import stats

from gan_tf.study.analysis.statistics import Estimate
from gan_tf.study.analysis.verdict import (
    HELPS,
    HURTS,
    NO_DIFFERENCE,
    TOO_FEW,
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
        (0.0, 0.011, 0.9, TOO_FEW),
    ],
)
def test_the_four_outcomes(mean, half_width, p_value, outcome):
    assert verdict(difference(mean, half_width), p_value, 1000, 0.01).outcome == outcome


def test_one_run_asks_for_a_second():
    single = Estimate(0.1, None, None, None, None, 1, None, None)
    found = verdict(single, None, 1000, 0.01)
    assert (found.outcome, found.replicates_needed) == (TOO_FEW, 2)
    assert "at least 2" in found.reason


def test_too_few_names_the_number_of_runs():
    # Variance 1e-4 a replicate: half width t * 0.01 / sqrt(R) <= 0.01 needs t(R-1) <= sqrt(R);
    # R = 6 has 2.571 > 2.449, R = 7 has 2.447 <= 2.646.
    assert stats.t.ppf(0.975, 5) > 6**0.5 and stats.t.ppf(0.975, 6) < 7**0.5
    found = verdict(difference(0.0, 0.02, 1e-4, 0.0), 0.7, 1000, 0.01)
    assert found.replicates_needed == 7
    assert "about 7 runs would tell a difference of 1 percentage point" in found.reason
    of_gan_runs = difference(0.0, 0.02, 1e-4, 0.0)._replace(of_gan_runs=True)
    assert "about 7 GAN runs would tell" in verdict(of_gan_runs, 0.7, 1000, 0.01).reason


def test_too_few_names_the_test_images_where_runs_do_not_help():
    found = verdict(difference(0.0, 0.05, 1e-6, 1e-4), 0.7, 100, 0.01)
    assert (found.replicates_needed, found.test_images_needed) == (None, 394)
    assert "more than 394 test images" in found.reason


def test_figures_are_in_percentage_points():
    assert interval_text(difference(-0.005, 0.01)) == (
        "-0.50 points (95 % interval -1.50 to +0.50)"
    )
    assert p_text(0.0004) == "< 0.001"
    assert p_text(0.0314) == "= 0.031"
