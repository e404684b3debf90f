"""Precision, recall, density and coverage: do two sets of features cover each other?

Each set is described by balls around its points that reach to the k-th nearest other point of the
set. Precision and density ask whether synthetic images look real, recall and coverage whether they
are as diverse as real ones.
"""

import numpy as np
from sklearn.metrics import pairwise_distances

#: Kynkäänniemi et al. (2019), section 3; Naeem et al. (2020), section 3.4.
PRECISION_NEIGHBORS, DENSITY_NEIGHBORS = 3, 5


def precision(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the share of synthetic points in a ball of any real point.

    Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models"
    (2019), equation 1, with k = 3.

    Args:
      real: float [n, d] with n of 2 or more; k is n - 1 at most.
      synthetic: float [m, d].
    """
    return float(_in_balls(real, synthetic, PRECISION_NEIGHBORS).any(axis=0).mean())


def recall(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the share of real points in a ball of any synthetic point: ``precision``, reversed."""
    return precision(synthetic, real)


def density(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the mean number of balls of real points around a synthetic point, divided by k.

    Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models" (2020), equation
    4, with k = 5. Its mean is about 1 for two sets of one distribution, and it can be larger. An
    outlier among the real points, whose ball is large, counts once and not for every point in it.

    Args:
      real: float [n, d] with n of 2 or more; k is n - 1 at most.
      synthetic: float [m, d].
    """
    num_neighbors = min(DENSITY_NEIGHBORS, len(real) - 1)
    num_balls = _in_balls(real, synthetic, DENSITY_NEIGHBORS).sum(axis=0)
    return float(num_balls.mean() / num_neighbors)


def coverage(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the share of real points whose ball has a synthetic point.

    Naeem et al. (2020), equation 5, with k = 5; arguments as for ``density``.
    """
    return float(_in_balls(real, synthetic, DENSITY_NEIGHBORS).any(axis=1).mean())


def _in_balls(centers: np.ndarray, points: np.ndarray, num_neighbors: int) -> np.ndarray:
    """Return whether each point is in the ball of each center, bool [centers, points].

    A ball reaches to the ``num_neighbors``-th nearest other center and includes its surface.
    """
    centers, points = centers.astype(np.float64), points.astype(np.float64)
    num_neighbors = min(num_neighbors, len(centers) - 1)
    # A center is its own nearest one.
    radii = np.partition(pairwise_distances(centers), num_neighbors, axis=1)[:, num_neighbors]
    return pairwise_distances(centers, points) <= radii[:, np.newaxis]
