"""Variances of a mean over replicates crossed with grouped, stratified test images.

Images of one group (lesion, patient) tend to be classified correctly or incorrectly together, so
squares are taken of sums over a group (Liang and Zeger 1986, Biometrika 73, 13, with their
G / (G - 1) for G groups). If every image is its own group, these are the usual mean squares of the
two-way layout.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class TwoWayVariances(NamedTuple):
    """Variances of a mean over n test images.

    Attributes:
      residual: what the residuals add to the variance of the mean of one replicate.
      image: what the choice of the n images adds to the variance of the mean over replicates.
      image_degrees: degrees of freedom of ``image``.
    """

    residual: float
    image: float
    image_degrees: float


def two_way_variances(
    values: np.ndarray, columns: Sequence[np.ndarray], members: np.ndarray
) -> TwoWayVariances:
    """Return the variances of the mean over K strata of the strata's means.

    They are sums of the K x K covariances of the strata's means, since a group (a patient) may have
    images in several strata. The image means contain a share of the residuals, which the replicate
    means already account for; it is subtracted (the residual variance over R), and the variance of
    a stratum does not fall below zero.

    Args:
      values: [R, n].
      columns: indices of the images of each stratum.
      members: [n] index of each image's group, 0 .. G-1.
    """
    num_groups = members.max() + 1
    sums = np.stack(
        [_group_sums(values[:, indices], members[indices], num_groups) for indices in columns]
    )
    image_sums = sums.mean(axis=1)
    residual_sums = sums - image_sums[:, np.newaxis]
    rows = residual_sums.reshape(len(columns), -1)
    residual = rows @ rows.T / (len(values) - 1)
    image = image_sums @ image_sums.T - residual / len(values)
    np.fill_diagonal(image, np.maximum(image.diagonal(), 0.0))
    num_pairs = len(columns) ** 2
    degrees = np.array([len(np.unique(members[indices])) - 1 for indices in columns])
    return TwoWayVariances(
        residual=float(residual.sum()) / num_pairs,
        image=max(0.0, float(image.sum()) / num_pairs),
        image_degrees=_satterthwaite(image.diagonal(), degrees),
    )


def _satterthwaite(variances: np.ndarray, degrees: np.ndarray) -> float:
    """Return the degrees of freedom, at least 1, of a sum of variances that have ``degrees``."""
    is_positive = variances > 0
    if not is_positive.any():
        return float(max(1, degrees.sum()))
    variances, degrees = variances[is_positive], degrees[is_positive]
    return float(variances.sum() ** 2 / np.sum(variances**2 / degrees))


def _group_sums(values: np.ndarray, members: np.ndarray, num_groups: int) -> np.ndarray:
    """Return what each group adds to the means of a stratum's ``values`` [R, n]: [R, num_groups].

    Scaled so that the sum of squares over groups estimates the variance of the mean over the choice
    of images; 0 if all images belong to one group.
    """
    num_present = len(np.unique(members))
    if num_present < 2:
        return np.zeros((len(values), num_groups))
    scale = math.sqrt(num_present / (num_present - 1)) / len(members)
    centered = values - values.mean(axis=1, keepdims=True)
    return np.stack([scale * np.bincount(members, row, num_groups) for row in centered])
