"""Mean of a score over replicates crossed with test images, with its confidence interval.

Every replicate of an arm classifies the same test images, so a score has two sources of error: the
replicates (initial weights, order, GAN run) and the finite test set. The model is

    value[r, i] = mean + replicate[r] + image[i] + residual[r, i]

and the variance of the grand mean is estimated from the mean squares of the two-way layout, see
``variances``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gan_tf.study.analysis.statistics.intervals import (
    CONFIDENCE,
    Variance,
    half_width,
    p_value,
    standard_error,
)
from gan_tf.study.analysis.statistics.variances import two_way_variances

SHARE = "share"
DIFFERENCE = "difference"
#: Squared images that are added to the variance of a sum over test images, so that no interval is
#: empty where all images agree. With G images and no error the interval of a share ends near 3.5 /
#: G, as Clopper and Pearson's; a difference gets an image more in each direction.
ADDED_IMAGES = {SHARE: 3.0, DIFFERENCE: 2.0}


class Estimate(NamedTuple):
    """A mean with its 95% confidence interval.

    Attributes:
      mean: over replicates and test images.
      low, high: ends of the interval; None, like every variance, with a single replicate or a
        single group of test images.
      standard_error: of the mean.
      p_value: two-sided, of the hypothesis that the mean is 0.
      num_replicates: number of GAN runs if ``of_gan_runs``, else of classifiers.
      replicate_variance: variance of the mean of one replicate.
      test_variance: variance of the mean due to the choice of test images.
      num_test_groups: number of groups of test images.
      test_degrees: degrees of freedom of ``test_variance``.
      of_gan_runs: whether the replicates are GAN runs.
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
        """Half the width of the interval."""
        return None if self.low is None else (self.high - self.low) / 2

    def within(self, least: float, most: float) -> "Estimate":
        """Return the estimate with an interval that ends at the limits of what can be."""
        if self.low is None:
            return self
        return self._replace(low=max(least, self.low), high=min(most, self.high))


def estimate(
    values: np.ndarray,
    strata: np.ndarray | None = None,
    gan_runs: Sequence[int] | None = None,
    groups: np.ndarray | None = None,
    kind: str | None = None,
) -> Estimate:
    """Return the mean of ``values`` with a t interval and the p-value of a mean of 0.

    The variance is the sum of two parts: that of the R replicate means, at R - 1 degrees of
    freedom, and that of the test set of G groups, at G - 1. With strata the latter are
    Satterthwaite's degrees for the sum of the strata's variances, so that a small class that
    contributes most of the variance also determines them. See ``intervals.half_width`` for the
    degrees of the sum. The p-value is the level at which the interval ends at 0.

    Args:
      values: [R, n] score of replicate r on test image i (0 or 1, or a difference of two such).
      strata: [n] class of every test image. If given, the mean is the mean over classes of the
        class means (balanced accuracy), else the mean over images (accuracy).
      gan_runs: [R] index of the GAN run of each replicate. Replicates that share a GAN run are
        averaged first, so that R becomes the number of GAN runs.
      groups: [n] group of every test image; None if each is its own. A stratum with a single group
        adds no variance, as none can be estimated.
      kind: SHARE if values are 0 or 1, DIFFERENCE if they are differences of such; then the
        variance has a floor, see ``ADDED_IMAGES``. None for no floor.
    """
    values = np.asarray(values, np.float64)
    if gan_runs is not None:
        values = np.stack(
            [values[np.equal(gan_runs, run)].mean(axis=0) for run in sorted(set(gan_runs))]
        )
    num_replicates, num_images = values.shape
    columns = _columns_of_strata(strata, num_images)
    members = np.arange(num_images) if groups is None else np.unique(groups, return_inverse=True)[1]
    num_groups = len(np.unique(members))
    replicate_means = np.mean([values[:, indices].mean(axis=1) for indices in columns], axis=0)
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
        of_gan_runs=gan_runs is not None,
    )
    if num_replicates < 2 or num_groups < 2:
        return without_interval
    variances = two_way_variances(values, columns, members)
    # Replicates may agree by chance: each has at least the variance of its residual.
    replicate_variance = max(float(replicate_means.var(ddof=1)), variances.residual)
    image_variance = variances.image
    if kind is not None:
        sizes = np.array([len(np.unique(members[indices])) for indices in columns])
        image_variance += ADDED_IMAGES[kind] * float(np.mean(1.0 / sizes**2)) / len(columns)
    parts = (
        Variance(replicate_variance / num_replicates, num_replicates - 1),
        Variance(image_variance, variances.image_degrees),
    )
    margin = half_width(parts, 1 - CONFIDENCE)
    return without_interval._replace(
        low=mean - margin,
        high=mean + margin,
        standard_error=standard_error(parts),
        p_value=p_value(mean, parts),
        replicate_variance=replicate_variance,
        test_variance=image_variance,
        test_degrees=variances.image_degrees,
    )


def _columns_of_strata(strata: np.ndarray | None, num_images: int) -> list[np.ndarray]:
    if strata is None:
        return [np.arange(num_images)]
    return [np.flatnonzero(strata == label) for label in np.unique(strata)]
