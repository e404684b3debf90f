import pytest
from scipy import stats

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.statistics.sample_size import (
    num_replicates_needed,
    num_replicates_range,
    num_test_images_needed,
)


def difference(replicate_variance, test_variance, num_replicates=5):
    return Estimate(
        0.0, -1, 1, 1, 0.5, num_replicates, replicate_variance, test_variance, 500, 499.0
    )


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_the_replicates_needed_find_the_effect_in_80_percent_of_studies(level):
    """The exact power of the t test, by its noncentral distribution; only replicates vary."""
    num_needed = num_replicates_needed(difference(4e-4, 0.0), 0.01, level)

    def power(count):
        noncentrality = 0.01 / (4e-4 / count) ** 0.5
        limit = stats.t.isf(level / 2, count - 1)
        return stats.nct.sf(limit, count - 1, noncentrality)

    assert power(num_needed) == pytest.approx(0.8, abs=0.02)
    assert power(num_needed - 3) < 0.78


def test_a_test_set_that_is_small_takes_more_replicates():
    assert num_replicates_needed(difference(4e-4, 1e-6), 0.01, 0.05) > num_replicates_needed(
        difference(4e-4, 0.0), 0.01, 0.05
    )


def test_the_range_is_that_of_the_variance():
    # With 5 replicates the variance is 1e-4 times 4 / chi2, whose 10 and 90 % quantiles at 4
    # degrees are 1.0636 and 7.7794: factors 3.761 and 0.514. (t(R - 1) + 0.8416) sqrt(factor / R)
    # is at most 1 from R = 32 on (t(31) = 2.0395: 0.9877; R = 31: 1.0045), and from 6 on
    # (t(5) = 2.5706: 0.9989; R = 5: 1.1601).
    assert num_replicates_range(difference(1e-4, 0.0), 0.01, 0.05) == (6, 32)
    assert num_replicates_range(difference(1e-2, 0.0, 2), 0.01, 0.05)[1] is None


def test_more_test_images_are_needed_if_no_number_of_replicates_suffices():
    # (1.9647 + 0.8416) sqrt(1e-4) = 0.0281 > 0.01 for any R, where 1.9647 is Student's quantile at
    # 499 degrees; (2.8063)^2 = 7.875 times the images.
    small = difference(1e-6, 1e-4)
    assert num_replicates_needed(small, 0.01, 0.05) is None
    assert num_test_images_needed(small, 500, 0.01, 0.05) == 3938
