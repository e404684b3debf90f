"""The nearest-neighbor two-sample test: can real and synthetic images be distinguished?"""

from typing import NamedTuple

import numpy as np
from scipy import stats
from sklearn.metrics import pairwise_distances

CONFIDENCE = 0.95


class NearestNeighbors(NamedTuple):
    """How often an image's nearest neighbor is of its own kind, real or synthetic.

    Attributes:
      accuracy: share over all images; 0.5 if the kinds are mixed, 1 if they are separate, below 0.5
        if synthetic images cluster around single real ones, as copies do.
      low, high: 95 % interval of ``accuracy``, see ``nearest_neighbors``.
      real_accuracy: share over the real images alone.
      synthetic_accuracy: share over the synthetic images alone.
      num_images: number of images of each kind.
    """

    accuracy: float
    low: float
    high: float
    real_accuracy: float
    synthetic_accuracy: float
    num_images: int


def nearest_neighbors(real: np.ndarray, synthetic: np.ndarray) -> NearestNeighbors:
    """Return the leave-one-out accuracy of a nearest-neighbor classifier of real and synthetic.

    Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests" (2017), with one neighbor, as
    Xu et al., "An Empirical Study on Evaluation Metrics of GANs" (2018) recommend. If several
    images are equally near, each counts by its share.

    The interval is Clopper and Pearson's for a share of independent images, with an effective
    number of images: two that are each other's nearest neighbors are correct or wrong together,
    which under equal distributions multiplies the variance by 1 + the share of such images
    (Schilling, "Multivariate Two-Sample Tests Based on Nearest Neighbors", 1986), so the number of
    images is divided by that. It covers the sampling of images, not the variance between training
    runs of a generator.

    Args:
      real: [n, d] features.
      synthetic: [n, d] features, as many: with unequal numbers 0.5 would not mean mixed.
    """
    if len(real) != len(synthetic) or len(real) < 2:
        raise ValueError(f"need two equal numbers above 1, not {len(real)} and {len(synthetic)}")
    num_images = len(real)
    is_real = np.repeat([True, False], num_images)
    distances = pairwise_distances(np.concatenate([real, synthetic]).astype(np.float64))
    np.fill_diagonal(distances, np.inf)
    nearest = distances == distances.min(axis=1, keepdims=True)
    of_own_kind = nearest & (is_real[:, np.newaxis] == is_real)
    correct = of_own_kind.sum(axis=1) / nearest.sum(axis=1)
    mutual = (nearest & nearest.T).any(axis=1).mean()
    low, high = _interval(correct.mean(), 2 * num_images / (1 + mutual))
    return NearestNeighbors(
        accuracy=float(correct.mean()),
        low=low,
        high=high,
        real_accuracy=float(correct[is_real].mean()),
        synthetic_accuracy=float(correct[~is_real].mean()),
        num_images=num_images,
    )


def nearest_neighbor_accuracy(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return ``NearestNeighbors.accuracy`` over equally many images, the first of each set.

    Args:
      real: [n, d] features.
      synthetic: [m, d] features.
    """
    number = min(len(real), len(synthetic))
    return nearest_neighbors(real[:number], synthetic[:number]).accuracy


def _interval(share: float, number: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval; the counts need not be integers."""
    tail = (1 - CONFIDENCE) / 2
    hits = share * number
    low = stats.beta.ppf(tail, hits, number - hits + 1) if share > 0 else 0.0
    high = stats.beta.ppf(1 - tail, hits + 1, number - hits) if share < 1 else 1.0
    return float(low), float(high)
