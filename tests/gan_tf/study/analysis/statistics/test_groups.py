"""Test images of one group (lesion, patient) are not independent."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gan_tf.study.analysis.cell_results import cell_results
from gan_tf.study.analysis.statistics.estimate import Estimate, estimate
from gan_tf.study.analysis.statistics.significance import mcnemar
from gan_tf.study.analysis.verdict import INCONCLUSIVE, verdict
from gan_tf.study.design.arms import BASELINE
from gan_tf.study.design.cells import Cell, replicates
from gan_tf.study.execution.store import ReplicateResult


def test_squares_are_taken_of_sums_over_groups():
    # Both replicates have 1, 1, 0, 0 on images of groups a, a, b, c. Deviations from 1/2 sum to 1,
    # -1/2, -1/2 in the groups; their squares sum to 3/2, over 4^2 images and times 3 / (3 - 1) that
    # is 9/64. Taken one by one the images would have 4 / 4 / 3 / 4 = 1/12 = 5.3/64.
    result = estimate(np.array([[1, 1, 0, 0]] * 2), groups=np.array(["a", "a", "b", "c"]))
    assert result.standard_error == pytest.approx(3 / 8)
    assert result.half_width == pytest.approx(stats.t.ppf(0.975, 2) * 3 / 8)
    assert result.num_test_groups == 3


def test_a_group_in_two_classes_correlates_their_means():
    # Classes 0, 0, 1, 1 of patients a, b, a, b, values 1, 0, 1, 0: the class means vary
    # together. Deviations +-1/2 over 2 images, times sqrt(2 / 1): each patient has +-sqrt(2)/4 in
    # either class, sqrt(2)/4 in their mean, squared and summed 1/4. Apart, the classes have
    # variance 1/4 each, and a quarter of 1/2, 1/8, would be their mean's.
    values, classes = np.array([[1, 0, 1, 0]] * 2), np.array([0, 0, 1, 1])
    together = estimate(values, classes, groups=np.array(["a", "b", "a", "b"]))
    assert together.test_variance == pytest.approx(1 / 4)
    assert estimate(values, classes).test_variance == pytest.approx(1 / 8)


def variances_of_mean_squares(values):
    """Residual and image variance of a mean by the two-way layout's mean squares, no groups."""
    num_replicates, num_images = values.shape
    row, column = values.mean(axis=1, keepdims=True), values.mean(axis=0)
    squares = np.square(values - row - column + values.mean()).sum()
    residual = squares / ((num_replicates - 1) * (num_images - 1))
    image = max(0.0, column.var(ddof=1) - residual / num_replicates)
    return residual / num_images, image / num_images


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("balanced", [False, True])
def test_with_one_image_per_group_they_are_the_mean_squares(seed, balanced):
    rng = np.random.default_rng(seed)
    values = rng.integers(-1, 2, (4, 30)).astype(float) + rng.integers(0, 2, 30)
    classes = np.arange(30) % 3 if balanced else np.zeros(30)
    parts = [variances_of_mean_squares(values[:, classes == one]) for one in np.unique(classes)]
    residual, image = np.sum(parts, axis=0) / len(parts) ** 2
    means = np.mean([values[:, classes == one].mean(axis=1) for one in np.unique(classes)], axis=0)
    replicate = max(means.var(ddof=1), residual)
    # Satterthwaite's degrees of freedom of the classes' variances.
    squares = sum(one**2 / (30 / len(parts) - 1) for _, one in parts)
    degrees = sum(one for _, one in parts) ** 2 / squares
    total = replicate / 4 + image
    of_total = total**2 / ((replicate / 4) ** 2 / 3 + image**2 / degrees)
    margin = stats.t.ppf(0.975, of_total) * math.sqrt(total)
    for groups in (None, rng.permutation(30)):
        result = estimate(values, classes if balanced else None, groups=groups)
        assert result.test_variance == pytest.approx(image, abs=1e-14)
        assert result.replicate_variance == pytest.approx(replicate, abs=1e-14)
        assert result.half_width == pytest.approx(margin, abs=1e-12)


def plain_estimate_variances(values, classes, groups):
    """Residual and image variance by loops: covariances of class means over groups."""
    num_replicates, labels = len(values), sorted(set(classes))

    def sums(rows, label):
        indices = [i for i, one in enumerate(classes) if one == label]
        present = {groups[i] for i in indices}
        mean = sum(rows[i] for i in indices) / len(indices)
        factor = math.sqrt(len(present) / (len(present) - 1)) / len(indices)
        return {
            group: factor * sum(rows[i] - mean for i in indices if groups[i] == group)
            for group in present
        }

    def covariance(rows, first, second):
        one, other = sums(rows, first), sums(rows, second)
        return sum(one[group] * other.get(group, 0) for group in one)

    column = values.mean(axis=0)
    residuals = values - column
    residual, image = 0.0, 0.0
    for first, second in itertools.product(labels, repeat=2):
        part = sum(covariance(row, first, second) for row in residuals) / (num_replicates - 1)
        whole = covariance(column, first, second) - part / num_replicates
        residual += part
        image += max(0, whole) if first == second else whole
    return residual / len(labels) ** 2, max(0, image) / len(labels) ** 2


@pytest.mark.parametrize("num_classes", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_variances_agree_with_a_plain_implementation(seed, num_classes):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 12, 40)
    classes = rng.integers(0, num_classes, 40)
    values = rng.normal(0, 1, (3, 40)) + rng.normal(0, 1, 12)[groups]
    residual, image = plain_estimate_variances(values, classes, groups)
    result = estimate(values, classes, groups=groups)
    means = [values[:, classes == one].mean(axis=1) for one in range(num_classes)]
    replicate = max(np.mean(means, axis=0).var(ddof=1), residual)
    assert result.test_variance == pytest.approx(image, rel=1e-12)
    assert result.replicate_variance == pytest.approx(replicate, rel=1e-12)


def test_at_most_28_of_400_studies_with_correlated_groups_report_an_effect():
    """300 lesions of 1 to 6 images; all images of a changed lesion change alike.

    28 is 5% of 400 plus two standard errors (sqrt(400 * 0.05 * 0.95) = 4.4).
    """
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), rng.choice([1, 1, 1, 2, 3, 6], 300))
    rejected = dict.fromkeys(["by group", "by image", "McNemar by group", "McNemar by image"], 0)
    for _ in range(400):
        changed = (rng.random(300) < 0.1) * rng.choice([-1, 1], 300)
        values = (changed * (rng.random((5, 300)) < 0.7))[:, groups]
        better, worse = values[0] > 0, values[0] < 0
        rejected["by group"] += estimate(values, groups=groups).p_value < 0.05
        rejected["by image"] += estimate(values).p_value < 0.05
        rejected["McNemar by group"] += mcnemar(better, worse, groups) < 0.05
        rejected["McNemar by image"] += mcnemar(better, worse) < 0.05
    assert rejected["by group"] <= 28 < rejected["by image"]
    assert rejected["McNemar by group"] <= 28 < rejected["McNemar by image"]


@pytest.mark.parametrize("seed", range(4))
def test_mcnemar_draws_a_sign_for_every_group(seed):
    """Compare with an enumeration of all 2^8 signs of 8 groups."""
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(8), [1, 1, 2, 2, 3, 4, 5, 2]))
    first, second = rng.random((2, 20)) < 0.5
    surplus = [int(first[groups == g].sum()) - int(second[groups == g].sum()) for g in range(8)]
    sums = [np.dot(signs, surplus) for signs in itertools.product([-1, 1], repeat=8)]
    expected = np.mean(np.abs(sums) >= abs(sum(surplus)))
    assert mcnemar(first, second, groups) == pytest.approx(expected)


@pytest.mark.parametrize("num_images", [1, 7, 400])
def test_mcnemar_with_one_image_per_group_is_the_sign_test(num_images):
    rng = np.random.default_rng(num_images)
    first, second = rng.random((2, num_images)) < [[0.8], [0.7]]
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    total = only_first + only_second
    expected = stats.binomtest(only_first, total).pvalue if total else 1.0
    for groups in (None, rng.permutation(num_images)):
        assert mcnemar(first, second, groups) == pytest.approx(expected, rel=1e-12)


def test_a_single_group_has_no_interval():
    result = estimate(np.array([[1, 0, 1], [1, 1, 1]]), groups=np.zeros(3))
    assert result.mean == pytest.approx(5 / 6)
    assert result.low is result.p_value is result.half_width is None
    conclusion = verdict(result, None, 3, 0.01)
    assert (conclusion.outcome, conclusion.replicates_needed) == (INCONCLUSIVE, None)
    assert conclusion.reason == "test images of a single group give no confidence interval"


def test_the_test_images_needed_account_for_groups():
    # 50 groups have 49 degrees of freedom: ((2.0096 + 0.8416) sqrt(1e-4) / 0.01)^2 = 8.129 times
    # 100, where 0.8416 is the normal quantile of a power of 80 %.
    difference = Estimate(0.0, -1, 1, 1, 0.5, 3, 1e-6, 1e-4, 50, 49.0)
    result = verdict(difference, 0.7, 100, 0.01)
    assert result.test_images_needed == 813
    assert "no number of replicates on 100 test images in 50 groups finds a" in result.reason


def test_cell_results_account_for_groups():
    """Two seeds agree and image pairs of a group change together: the sample size is 20."""
    labels, groups = np.zeros(40, int), np.arange(40) // 2
    planned = replicates([Cell(BASELINE), Cell("augmented")], 2, 1)

    def result(num_wrong):
        predicted = (np.arange(40) < num_wrong).astype(int)
        return ReplicateResult(np.eye(2, dtype=np.float32)[predicted], [], 1, 1, None, {})

    outcomes = {one.name: result(8 if one.cell.arm == BASELINE else 0) for one in planned}
    _, entry = cell_results(planned, outcomes, labels, "accuracy", 0.01, groups)
    # Four groups of 20 have differences 2, the others 0: the variance of the groups' means.
    means = np.repeat([1.0, 0.0], [4, 16])
    added = 2 / 20**2
    assert entry["difference"]["test_variance"] == pytest.approx(means.var(ddof=1) / 20 + added)
    assert entry["difference"]["num_test_groups"] == 20
    assert entry["estimate"]["num_test_groups"] == 20
    assert entry["mcnemar_p"] == pytest.approx([2 / 2**4] * 2)  # 4 groups, all for the better.
