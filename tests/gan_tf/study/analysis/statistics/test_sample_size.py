import math

from scipy import stats

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.statistics.sample_size import (
    num_replicates_needed,
    num_test_images_needed,
)


def test_the_replicates_needed_reach_the_half_width_and_one_fewer_does_not():
    difference = Estimate(0.0, -1, 1, 1, 0.5, 3, 4e-4, 1e-6)
    num_needed = num_replicates_needed(difference, 500, 0.01)

    def half_width(count):
        replicates = 4e-4 / count * stats.t.ppf(0.975, count - 1) ** 2
        return math.sqrt(replicates + 1e-6 * stats.t.ppf(0.975, 499) ** 2)

    assert half_width(num_needed) <= 0.01 < half_width(num_needed - 1)


def test_more_test_images_are_needed_if_no_number_of_replicates_suffices():
    # 1.984 * sqrt(1e-4) = 0.0198 > 0.01 for any R; (0.01984 / 0.01)^2 = 3.937 times the images.
    difference = Estimate(0.0, -1, 1, 1, 0.5, 3, 1e-6, 1e-4)
    assert num_replicates_needed(difference, 100, 0.01) is None
    assert num_test_images_needed(difference, 100, 0.01) == 394
