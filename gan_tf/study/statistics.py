"""Means, intervals and tests of a study: replicates crossed with test images.

Every replicate of an arm classifies the same test images, so a score has two sources of error: the
replicates (initial weights, order, GAN run) and the finite test set. The model is

    value[r, i] = mean + replicate[r] + image[i] + residual[r, i]

and the variance of the grand mean is estimated from the usual mean squares of the two-way layout.
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
    """A mean with its 95 % interval; the interval is None where one replicate gives none."""

    mean: float
    low: float | None
    high: float | None
    standard_error: float | None
    p_value: float | None
    num_replicates: int
    replicate_variance: float | None
    test_variance: float | None

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval."""
        return None if self.low is None else (self.high - self.low) / 2


def estimate(
    values: np.ndarray, strata: np.ndarray | None = None, runs: Sequence[int] | None = None
) -> Estimate:
    """The mean of ``values`` with a t interval and the p-value of "the mean is 0".

    The squared half width is that of the R replicate means, with Student's quantile of R - 1
    degrees of freedom, plus that of the finite test set with n - 1 degrees. So combined, two
    variances known with different accuracy cover at least as often as stated (Banerjee 1960,
    Sankhya 22, 357); one quantile of R - 1 degrees for both would be needlessly wide. The p-value
    is the level at which the interval ends at 0.

    Args:
      values: [R, n] score of replicate r on test image i (1 or 0, or a difference of two such).
      strata: [n] class of every test image; given, the mean is the mean over classes of the class
        means (balanced accuracy), else the mean over images (accuracy).
      runs: [R] number of the GAN run that each replicate used. Replicates that share a run are
        averaged first, so that R is the number of runs.
    """
    values = np.asarray(values, np.float64)
    if runs is not None:
        values = np.stack([values[np.equal(runs, run)].mean(axis=0) for run in sorted(set(runs))])
    columns = _columns_of_strata(strata, values.shape[1])
    replicate_means = np.mean([values[:, chosen].mean(axis=1) for chosen in columns], axis=0)
    mean = float(replicate_means.mean())
    num_replicates = len(values)
    if num_replicates < 2:
        return Estimate(mean, None, None, None, None, num_replicates, None, None)
    parts = [_variances(values[:, chosen]) for chosen in columns]
    residual = sum(part.residual for part in parts) / len(columns) ** 2
    # Replicates that happen to agree are not known to: each has at least its residual's variance.
    replicate_variance = max(float(replicate_means.var(ddof=1)), residual)
    test_variance = sum(part.image for part in parts) / len(columns) ** 2
    terms = (
        (replicate_variance / num_replicates, num_replicates - 1),
        (test_variance, values.shape[1] - len(columns)),
    )
    margin = _half_width(terms, 1 - CONFIDENCE)
    return Estimate(
        mean=mean,
        low=mean - margin,
        high=mean + margin,
        standard_error=math.sqrt(sum(variance for variance, _ in terms)),
        p_value=_p_value(mean, terms),
        num_replicates=num_replicates,
        replicate_variance=replicate_variance,
        test_variance=test_variance,
    )


class _Variances(NamedTuple):
    """Variances of a mean over n images: of one replicate's by its residual, of all by the images.

    ``residual`` is the residual mean square over n, ``image`` the variance that the choice of
    these n images adds to the mean over replicates.
    """

    residual: float
    image: float


def _columns_of_strata(strata: np.ndarray | None, num_images: int) -> list[np.ndarray]:
    if strata is None:
        return [np.arange(num_images)]
    return [np.flatnonzero(strata == label) for label in np.unique(strata)]


def _variances(values: np.ndarray) -> _Variances:
    """The mean squares of the two-way layout ``values`` [R, n] as variances of a mean.

    The variance of the image means holds the residual's part too, which the replicate means
    already carry; it is taken off (mean square of the residual over R), never below zero.
    """
    num_replicates, num_images = values.shape
    if num_images < 2:
        return _Variances(0.0, 0.0)
    image_means = values.mean(axis=0)
    residual = values - image_means - values.mean(axis=1, keepdims=True) + values.mean()
    mean_square = np.square(residual).sum() / ((num_replicates - 1) * (num_images - 1))
    image_variance = max(0.0, float(image_means.var(ddof=1) - mean_square / num_replicates))
    return _Variances(float(mean_square) / num_images, image_variance / num_images)


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
    squares += _half_width([(difference.test_variance, num_images - 1)], 1 - CONFIDENCE) ** 2
    enough = np.flatnonzero(squares <= smallest_effect**2)
    return int(counts[enough[0]]) if len(enough) else None


def num_test_images_needed(difference: Estimate, num_images: int, smallest_effect: float) -> int:
    """How many test images bring the test set's part of the half width to ``smallest_effect``."""
    part = _half_width([(difference.test_variance, num_images - 1)], 1 - CONFIDENCE)
    return math.ceil(num_images * (part / smallest_effect) ** 2)


def mcnemar(first_correct: np.ndarray, second_correct: np.ndarray) -> float:
    """The exact McNemar p-value of two classifiers on the same test images (boolean arrays [n])."""
    only_first = int(np.sum(first_correct & ~second_correct))
    only_second = int(np.sum(second_correct & ~first_correct))
    if only_first + only_second == 0:
        return 1.0
    return float(stats.binomtest(only_first, only_first + only_second).pvalue)
