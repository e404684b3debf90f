"""How many replicates or test images would narrow an interval to a given half width."""

import math

import numpy as np
from scipy import special

from gan_tf.study.analysis.statistics.estimate import Estimate
from gan_tf.study.analysis.statistics.intervals import CONFIDENCE, Variance, half_width

MAX_REPLICATES = 1000


def num_replicates_needed(
    difference: Estimate, num_images: int, smallest_effect: float
) -> int | None:
    """Return the number of replicates that narrows the half width to ``smallest_effect``.

    Args:
      difference: with both variances, which are taken as estimated.
      num_images: number of test images.
      smallest_effect: half width to reach.

    Returns:
      The number, at least 2; None if more than ``MAX_REPLICATES`` would be needed because the test
      set is too small (see ``num_test_images_needed``).
    """
    counts = np.arange(2, MAX_REPLICATES + 1)
    quantiles = special.stdtrit(counts - 1, (1 - CONFIDENCE) / 2)
    squares = quantiles**2 * difference.replicate_variance / counts
    squares += _test_half_width(difference, num_images) ** 2
    enough = np.flatnonzero(squares <= smallest_effect**2)
    return int(counts[enough[0]]) if len(enough) else None


def num_test_images_needed(difference: Estimate, num_images: int, smallest_effect: float) -> int:
    """Return the number of test images whose part of the half width is ``smallest_effect``.

    Assumes as many images per group as in the present test set.
    """
    part = _test_half_width(difference, num_images)
    return math.ceil(num_images * (part / smallest_effect) ** 2)


def _test_half_width(difference: Estimate, num_images: int) -> float:
    """Return the test set's part of the half width."""
    degrees = difference.test_degrees or num_images - 1
    return half_width([Variance(difference.test_variance, degrees)], 1 - CONFIDENCE)
