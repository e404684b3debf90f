"""Confidence intervals and p-values of a mean whose variance has several independent parts."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy import optimize, special

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


def half_width(parts: Sequence[Variance], level: float) -> float:
    """Return half the width of the confidence interval at significance level ``level``."""
    return math.sqrt(
        sum(
            special.stdtrit(degrees, level / 2) ** 2 * variance
            for variance, degrees in parts
            if variance > 0
        )
    )


def p_value(mean: float, parts: Sequence[Variance]) -> float:
    """Return the significance level at which the interval around ``mean`` ends at 0.

    At least ``SMALLEST_P_VALUE``.
    """
    if mean == 0:
        return 1.0
    if half_width(parts, SMALLEST_P_VALUE) <= abs(mean):
        return SMALLEST_P_VALUE
    exponent = optimize.brentq(
        lambda exponent: half_width(parts, 10**exponent) - abs(mean),
        math.log10(SMALLEST_P_VALUE),
        0.0,
        xtol=1e-12,
    )
    return float(10**exponent)
