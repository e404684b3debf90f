"""Means, intervals and tests of a study: replicates crossed with test images.

Every replicate of an arm classifies the same test images, so a score has two sources of error: the
replicates (initial weights, order, GAN run) and the finite test set. The model is

    value[r, i] = mean + replicate[r] + image[i] + residual[r, i]

and the variance of the grand mean is estimated from the usual mean squares of the two-way layout.
Images of one group (lesion, patient) are right or wrong together, so that squares are taken of the
sums over a group (Liang and Zeger 1986, Biometrika 73, 13, with their G / (G - 1) for G groups);
where every image is a group of its own these are the usual mean squares.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

CONFIDENCE = 0.95
MOST_REPLICATES = 1000
SMALLEST_P_VALUE = 1e-12


class Estimate(NamedTuple):
    """A mean with its 95 % interval, which is None where one replicate or one group gives none.

    The number of groups of test images and the degrees of freedom of their variance are None in
    results that were stored before they had them. Replicates are GAN runs where ``of_gan_runs``,
    else runs of the classifier.
    """

    mean: float
    low: float | None
    high: float | None
    standard_error: float | None
    p_value: float | None
    num_replicates: int
    replicate_variance: float | None
    test_variance: float | None
    num_test_groups: int | None = None
    test_degrees: float | None = None
    of_gan_runs: bool = False

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval."""
        return None if self.low is None else (self.high - self.low) / 2


def estimate(
    values: np.ndarray,
    strata: np.ndarray | None = None,
    runs: Sequence[int] | None = None,
    groups: np.ndarray | None = None,
) -> Estimate:
    """The mean of ``values`` with a t interval and the p-value of "the mean is 0".

    The squared half width is that of the R replicate means, with Student's quantile of R - 1
    degrees of freedom, plus that of the finite test set of G groups with G - 1 degrees; with strata
    these are Satterthwaite's (1946, Biometrics Bulletin 2, 110) of the strata's variances, so that
    a class of few images that has most of the variance has its say. So combined, two variances
    known with different accuracy cover at least as often as stated (Banerjee 1960, Sankhya 22,
    357); one quantile of R - 1 degrees for both would be needlessly wide. The p-value is the level
    at which the interval ends at 0.

    Args:
      values: [R, n] score of replicate r on test image i (1 or 0, or a difference of two such).
      strata: [n] class of every test image; given, the mean is the mean over classes of the class
        means (balanced accuracy), else the mean over images (accuracy).
      runs: [R] number of the GAN run that each replicate used. Replicates that share a run are
        averaged first, so that R is the number of runs.
      groups: [n] group of every test image; None where each is its own. A stratum of one group
        adds no variance, as none can be estimated.
    """
    values = np.asarray(values, np.float64)
    if runs is not None:
        values = np.stack([values[np.equal(runs, run)].mean(axis=0) for run in sorted(set(runs))])
    num_replicates, num_images = values.shape
    columns = _columns_of_strata(strata, num_images)
    members = np.arange(num_images) if groups is None else np.unique(groups, return_inverse=True)[1]
    num_groups = len(np.unique(members))
    replicate_means = np.mean([values[:, chosen].mean(axis=1) for chosen in columns], axis=0)
    mean = float(replicate_means.mean())
    without_interval = Estimate(
        mean=mean,
        low=None,
        high=None,
        standard_error=None,
        p_value=None,
        num_replicates=num_replicates,
        replicate_variance=None,
        test_variance=None,
        num_test_groups=num_groups,
        of_gan_runs=runs is not None,
    )
    if num_replicates < 2 or num_groups < 2:
        return without_interval
    found = _variances(values, columns, members)
    # Replicates that happen to agree are not known to: each has at least its residual's variance.
    replicate_variance = max(float(replicate_means.var(ddof=1)), found.residual)
    terms = (
        (replicate_variance / num_replicates, num_replicates - 1),
        (found.image, found.image_degrees),
    )
    margin = _half_width(terms, 1 - CONFIDENCE)
    return without_interval._replace(
        low=mean - margin,
        high=mean + margin,
        standard_error=math.sqrt(sum(variance for variance, _ in terms)),
        p_value=_p_value(mean, terms),
        replicate_variance=replicate_variance,
        test_variance=found.image,
        test_degrees=found.image_degrees,
    )


class _Variances(NamedTuple):
    """Variances of a mean over n images: of one replicate's by its residual, of all by the images.

    ``residual`` is what the residual adds to the variance of a replicate's mean, ``image`` what
    the choice of these n images adds to that of the mean over replicates, with
    ``image_degrees`` degrees of freedom.
    """

    residual: float
    image: float
    image_degrees: float


def _columns_of_strata(strata: np.ndarray | None, num_images: int) -> list[np.ndarray]:
    if strata is None:
        return [np.arange(num_images)]
    return [np.flatnonzero(strata == label) for label in np.unique(strata)]


def _variances(
    values: np.ndarray, columns: Sequence[np.ndarray], members: np.ndarray
) -> _Variances:
    """The variances of the mean over K strata of their means.

    They are sums of K x K covariances of the strata's means, since a group (a patient) may have
    images in several. The image means hold the residual's part too, which the replicate means
    already carry; it is taken off (its variance over R), no stratum's variance falling below zero.

    Args:
      values: [R, n].
      columns: the images of each stratum.
      members: [n] number of each image's group, 0 .. G-1.
    """
    num_groups = members.max() + 1
    sums = np.stack(
        [_group_sums(values[:, chosen], members[chosen], num_groups) for chosen in columns]
    )
    image_sums = sums.mean(axis=1)
    residual_sums = sums - image_sums[:, np.newaxis]
    rows = residual_sums.reshape(len(columns), -1)
    residual = rows @ rows.T / (len(values) - 1)
    image = image_sums @ image_sums.T - residual / len(values)
    np.fill_diagonal(image, np.maximum(image.diagonal(), 0.0))
    num_pairs = len(columns) ** 2
    return _Variances(
        float(residual.sum()) / num_pairs,
        max(0.0, float(image.sum()) / num_pairs),
        _satterthwaite(
            image.diagonal(), np.array([len(np.unique(members[chosen])) - 1 for chosen in columns])
        ),
    )


def _satterthwaite(variances: np.ndarray, degrees: np.ndarray) -> float:
    """Degrees of freedom of a sum of variances that have ``degrees``, at least 1."""
    has_some = variances > 0
    if not has_some.any():
        return float(max(1, degrees.sum()))
    variances, degrees = variances[has_some], degrees[has_some]
    return float(variances.sum() ** 2 / np.sum(variances**2 / degrees))


def _group_sums(values: np.ndarray, members: np.ndarray, num_groups: int) -> np.ndarray:
    """What each group adds to the means of one stratum's ``values`` [R, n], as [R, num_groups].

    Scaled so that the sum of squares over groups estimates the mean's variance over the choice of
    images; 0 where all are of one group.
    """
    num_present = len(np.unique(members))
    if num_present < 2:
        return np.zeros((len(values), num_groups))
    scale = math.sqrt(num_present / (num_present - 1)) / len(members)
    centerd = values - values.mean(axis=1, keepdims=True)
    return np.stack([scale * np.bincount(members, row, num_groups) for row in centerd])


def _half_width(terms: Sequence[tuple[float, int]], level: float) -> float:
    """Half the interval at ``level`` for terms (variance, degrees of freedom)."""
    return math.sqrt(
        sum(
            special.stdtrit(degrees, level / 2) ** 2 * variance
            for variance, degrees in terms
            if variance > 0
        )
    )


def _p_value(mean: float, terms: Sequence[tuple[float, int]]) -> float:
    """The level at which the interval about ``mean`` ends at 0; not below SMALLEST_P_VALUE."""
    if mean == 0:
        return 1.0
    if _half_width(terms, SMALLEST_P_VALUE) <= abs(mean):
        return SMALLEST_P_VALUE
    power = optimize.brentq(
        lambda power: _half_width(terms, 10**power) - abs(mean),
        math.log10(SMALLEST_P_VALUE),
        0.0,
        xtol=1e-12,
    )
    return float(10**power)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for testing all of them (Holm 1979, step down), in the given order.

    SciPy has the false discovery rate only.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def num_replicates_needed(
    difference: Estimate, num_images: int, smallest_effect: float
) -> int | None:
    """How many replicates bring the interval's half width down to ``smallest_effect``.

    Returns:
      the number, at least 2, taking both variances as they were estimated; None where more than
      1000 would be needed because the test set is too small (see ``num_test_images_needed``).
    """
    counts = np.arange(2, MOST_REPLICATES + 1)
    quantiles = special.stdtrit(counts - 1, (1 - CONFIDENCE) / 2)
    squares = quantiles**2 * difference.replicate_variance / counts
    squares += _test_half_width(difference, num_images) ** 2
    enough = np.flatnonzero(squares <= smallest_effect**2)
    return int(counts[enough[0]]) if len(enough) else None


def num_test_images_needed(difference: Estimate, num_images: int, smallest_effect: float) -> int:
    """How many test images bring the test set's part of the half width to ``smallest_effect``.

    They are taken to have as many to a group as those at hand.
    """
    part = _test_half_width(difference, num_images)
    return math.ceil(num_images * (part / smallest_effect) ** 2)


def _test_half_width(difference: Estimate, num_images: int) -> float:
    """The test set's part of the half width."""
    degrees = difference.test_degrees or num_images - 1
    return _half_width([(difference.test_variance, degrees)], 1 - CONFIDENCE)


def mcnemar(
    first_correct: np.ndarray, second_correct: np.ndarray, groups: np.ndarray | None = None
) -> float:
    """The exact p-value of McNemar's test of two classifiers on the same test images.

    Where they do equally well, each group of images is as likely to be so much better under the
    one as under the other: the p-value is that of the sum of the groups' surpluses with every sign
    drawn at random. Its square over the sum of squared surpluses is the chi-squared statistic of
    Yang, Sun and Hardin 2010 (Biometrical Journal 52, 638) for clusters, and with one image a
    group it is McNemar's.

    Args:
      first_correct, second_correct: bool [n].
      groups: [n] group of every image; None where each is its own.
    """
    surplus = first_correct.astype(int) - second_correct.astype(int)
    if groups is not None:
        members = np.unique(groups, return_inverse=True)[1]
        surplus = np.bincount(members, surplus).astype(int)
    chances = np.ones(1)  # Of every sum from -total to total in steps of 1.
    sizes, counts = np.unique(np.abs(surplus[surplus != 0]), return_counts=True)
    for size, count in zip(sizes, counts, strict=True):
        of_size = np.zeros(2 * size * count + 1)
        of_size[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        chances = np.convolve(chances, of_size)
    sums = np.arange(len(chances)) - len(chances) // 2
    return min(1.0, float(chances[np.abs(sums) >= abs(surplus.sum())].sum()))
