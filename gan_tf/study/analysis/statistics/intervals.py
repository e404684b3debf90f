"""Confidence intervals and p-values of a mean whose variance has several independent parts."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import special

CONFIDENCE = 0.95
SMALLEST_P_VALUE = 1e-12


class Variance(NamedTuple):
    """One part of the variance of a mean.

    Attributes:
      variance: estimate of the part.
      degrees: degrees of freedom of the estimate.
    """

    variance: float
    degrees: float


def standard_error(parts: Sequence[Variance]) -> float:
    """Return the square root of the sum of the parts."""
    return math.sqrt(sum(part.variance for part in parts))


def half_width(parts: Sequence[Variance], level: float) -> float:
    """Return half the width of the confidence interval at significance level ``level``.

    The quantile is Student's at Satterthwaite's (1946, Biometrics Bulletin 2, 110) degrees of
    freedom of the sum. For replicates crossed with test images these are Hillis' (2007, Statistics
    in Medicine 26, 596), with degrees for the part of the images as well.
    """
    return -special.stdtrit(_degrees(parts), level / 2) * standard_error(parts)


def p_value(mean: float, parts: Sequence[Variance]) -> float:
    """Return the significance level at which the interval around ``mean`` ends at 0.

    At least ``SMALLEST_P_VALUE``.
    """
    if mean == 0:
        return 1.0
    error = standard_error(parts)
    if error == 0:
        return SMALLEST_P_VALUE
    return max(SMALLEST_P_VALUE, 2 * float(special.stdtr(_degrees(parts), -abs(mean) / error)))


def _degrees(parts: Sequence[Variance]) -> float:
    """Return the degrees of freedom of the sum of the parts."""
    total = sum(part.variance for part in parts)
    squares = sum(part.variance**2 / part.degrees for part in parts)
    return total**2 / squares if squares else math.inf
