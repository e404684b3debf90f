import math

import numpy as np
import pytest
from scipy import stats

from gan_tf.study.analysis.statistics.estimate import DIFFERENCE, SHARE, estimate


def test_without_image_variance_the_interval_is_the_t_interval_of_the_replicate_means():
    # Every image of a replicate has the same value: image means are all 0.4, so the test set adds
    # nothing, and the interval is SciPy's for the three replicate means.
    means = [0.1, 0.4, 0.7]
    result = estimate(np.repeat(means, 5).reshape(3, 5))
    expected = stats.t.interval(0.95, 2, loc=0.4, scale=stats.sem(means))
    assert result.mean == pytest.approx(0.4)
    assert (result.low, result.high) == pytest.approx(expected)
    assert result.p_value == pytest.approx(stats.ttest_1samp(means, 0).pvalue)
    assert result.test_variance == 0


def test_the_test_set_adds_the_variance_of_its_image_means():
    # Both replicates agree on 4 images: 1, 0, 0, 0. Replicate means are equal (variance 0), the
    # residual is 0, the variance of the image means is 1/4 (deviations 3/4 and three of -1/4:
    # 9/16 + 3/16 = 3/4, over 3), so the mean's is 1/16, the standard error 1/4, and the interval
    # is that of the four image means, as if one classifier were tested.
    result = estimate(np.array([[1, 0, 0, 0], [1, 0, 0, 0]]))
    assert result.replicate_variance == 0
    assert result.standard_error == pytest.approx(0.25)
    assert result.half_width == pytest.approx(stats.t.ppf(0.975, 3) / 4)
    assert result.p_value == pytest.approx(stats.ttest_1samp([1, 0, 0, 0], 0).pvalue)


def test_the_sum_of_both_parts_has_satterthwaites_degrees_of_freedom():
    # Values are replicate[r] + image[i] with replicates 0, 0.2 and images 0, 0.3, 0.6: no residual.
    # Replicate means differ with variance 0.02, 0.01 of the mean at 1 degree; image means have
    # variance 0.09, 0.03 of the mean at 2 degrees.
    result = estimate(np.add.outer([0.0, 0.2], [0.0, 0.3, 0.6]))
    # The sum, 0.04, has 0.04^2 / (0.01^2 / 1 + 0.03^2 / 2) = 16 / 5.5 degrees.
    assert result.half_width == pytest.approx(stats.t.ppf(0.975, 16 / 5.5) * 0.2)
    assert result.p_value == pytest.approx(2 * stats.t.sf(result.mean / 0.2, 16 / 5.5))


def test_the_residual_is_not_counted_twice():
    # Rows (1, 0, 0) and (0, 1, 0): image means 1/2, 1/2, 0 have variance 1/12; residual values are
    # +-1/2, +-1/2, 0 over (2 - 1)(3 - 1) = 2 degrees: mean square 1/2; 1/12 - (1/2)/2 < 0 -> 0.
    result = estimate(np.array([[1, 0, 0], [0, 1, 0]]))
    assert result.test_variance == 0


def test_replicates_that_agree_by_chance_keep_the_variance_of_the_residual():
    # The rows above have equal means, 1/3, yet disagree on images: each mean has the residual's
    # variance, 1/2 over 3 images, so that of the mean over two replicates is 1/12.
    result = estimate(np.array([[1, 0, 0], [0, 1, 0]]))
    assert result.replicate_variance == pytest.approx(1 / 6)
    assert result.standard_error == pytest.approx(math.sqrt(1 / 12))
    assert result.p_value > 0.3


def test_strata_give_the_mean_of_class_means_and_its_variance():
    # Class 0 has images 1, 1, 0, 0 in both replicates, class 1 has 1, 1. Balanced: (1/2 + 1) / 2.
    # Image variance of class 0 is 1/3, of its mean 1/12, and a quarter of that counts.
    values = np.array([[1, 1, 0, 0, 1, 1]] * 2)
    result = estimate(values, strata=np.array([0, 0, 0, 0, 1, 1]))
    assert result.mean == pytest.approx(0.75)
    assert result.test_variance == pytest.approx(1 / 48)
    # All of it comes from class 0, whose four images give three degrees of freedom.
    assert result.test_degrees == pytest.approx(3)


def test_replicates_of_one_gan_run_count_once():
    rows = np.repeat([0.0, 0.2, 0.6, 0.8], 3).reshape(4, 3)
    result = estimate(rows, gan_runs=[0, 1, 0, 1])
    # The means of the runs are 0.3 and 0.5.
    assert result.num_replicates == 2 and result.of_gan_runs
    assert result.replicate_variance == pytest.approx(np.var([0.3, 0.5], ddof=1))


def test_a_rare_class_with_most_of_the_variance_has_few_degrees_of_freedom():
    # Variances of the class means: 1/12 of four images (3 degrees of freedom) and 1/4 of two (1).
    # (1/12 + 1/4)^2 / ((1/12)^2 / 3 + (1/4)^2 / 1) = (16/144) / (1/432 + 27/432) = 48/28.
    values = np.array([[1, 1, 0, 0, 1, 0]] * 2)
    result = estimate(values, strata=np.array([0, 0, 0, 0, 1, 1]))
    assert result.test_degrees == pytest.approx(48 / 28)


def test_a_single_replicate_has_a_mean_and_nothing_else():
    result = estimate(np.array([[1, 0, 1, 1]]))
    assert result.mean == 0.75
    assert result[1:5] == (None, None, None, None)
    assert result.half_width is None


@pytest.mark.parametrize(("kind", "images"), [(SHARE, 3), (DIFFERENCE, 2)])
def test_no_interval_is_empty(kind, images):
    # All agree: only what is added remains, at the 49 degrees of 50 images.
    result = estimate(np.ones((3, 50)), kind=kind)
    margin = stats.t.ppf(0.975, 49) * math.sqrt(images) / 50
    assert (result.low, result.high) == pytest.approx((1 - margin, 1 + margin))
    # Of two classes of 40 and 10 images each mean counts half.
    classes = np.repeat([0, 1], [40, 10])
    balanced = estimate(np.ones((3, 50)), classes, kind=kind)
    assert balanced.test_variance == pytest.approx(images * (1 / 40**2 + 1 / 10**2) / 4)
    # Images of one group are one.
    grouped = estimate(np.ones((3, 50)), groups=np.arange(50) // 2, kind=kind)
    assert grouped.test_variance == pytest.approx(images / 25**2)


def test_the_interval_of_a_share_without_an_error_is_about_clopper_and_pearsons():
    for num_images in (20, 50, 1000):
        low = estimate(np.ones((3, num_images)), kind=SHARE).low
        exact = stats.binomtest(num_images, num_images).proportion_ci(method="exact").low
        assert 1 - low == pytest.approx(1 - exact, rel=0.1)


@pytest.mark.parametrize(("value", "p_value"), [(0, 1.0), (1, 1e-12)])
def test_without_variance_the_p_value_is_0_or_1(value, p_value):
    assert estimate(np.full((3, 4), value)).p_value == p_value
