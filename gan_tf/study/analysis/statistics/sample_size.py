"""How many replicates or test images would find a difference."""

import math
from bisect import bisect_left

from scipy import special, stats

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.statistics.intervals import Variance, half_width, standard_error

MAX_REPLICATES = 1000
#: Probability of finding a difference that is there.
POWER = 0.8
#: Probability that the range of ``num_replicates_range`` contains the number at the true variance.
RANGE_CONFIDENCE = 0.8


def num_replicates_needed(
    difference: Estimate, effect: float, level: float, *, factor: float = 1.0
) -> int | None:
    """Return the number of replicates that find a true difference with probability ``POWER``.

    The power is that of a t test, approximated by the normal distribution of the mean: the
    difference must exceed the half width by its standard error's quantile.

    Args:
      difference: with both variances, which are taken as estimated.
      effect: the true difference.
      level: significance level of the test, corrected for the number of tests.
      factor: multiplies the variance over replicates.

    Returns:
      The number, at least 2; None if more than ``MAX_REPLICATES`` would be needed because the test
      set is too small (see ``num_test_images_needed``).
    """
    counts = range(2, MAX_REPLICATES + 1)
    first = bisect_left(
        counts, True, key=lambda count: _finds(difference, count, effect, level, factor)
    )
    return counts[first] if first < len(counts) else None


def num_replicates_range(
    difference: Estimate, effect: float, level: float
) -> tuple[int | None, int | None]:
    """Return the numbers at the ends of the confidence interval of the variance over replicates."""
    degrees = difference.num_replicates - 1
    tail = (1 - RANGE_CONFIDENCE) / 2
    ends = (degrees / stats.chi2.ppf(share, degrees) for share in (1 - tail, tail))
    return tuple(num_replicates_needed(difference, effect, level, factor=x) for x in ends)


def num_test_images_needed(
    difference: Estimate, num_images: int, effect: float, level: float
) -> int:
    """Return the number of test images that find a true difference with any number of replicates.

    Assumes as many images per group as in the present test set.
    """
    distance = _distance([_test_part(difference)], level)
    return math.ceil(num_images * (distance / effect) ** 2)


def _finds(difference, num_replicates, effect, level, factor):
    variance = factor * difference.replicate_variance / num_replicates
    parts = [Variance(variance, num_replicates - 1), _test_part(difference)]
    return _distance(parts, level) <= effect


def _distance(parts, level):
    """Return the difference that is found with probability ``POWER``."""
    return half_width(parts, level) + float(special.ndtri(POWER)) * standard_error(parts)


def _test_part(difference):
    return Variance(difference.test_variance, difference.test_degrees or math.inf)
