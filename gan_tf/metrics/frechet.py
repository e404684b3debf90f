"""The Fréchet distance between two sets of features."""

import numpy as np


def frechet_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the squared Fréchet distance of Gaussians fitted to two sets of features.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium" (2017), equation 6: |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)), with covariances
    that divide by n - 1. It is an FID only with the features of Inception-v3. It is biased and
    falls with the number of images, so values are comparable only for equal numbers.

    The trace of the square root is the sum of the square roots of the eigenvalues of C C', which
    are real and not negative for covariances; rounding errors below 0 count as 0.

    Args:
      real: float [n, d] with n of 2 or more.
      synthetic: float [m, d] with m of 2 or more.
    """
    means = [features.astype(np.float64).mean(axis=0) for features in (real, synthetic)]
    covariances = [
        np.atleast_2d(np.cov(features.astype(np.float64), rowvar=False))
        for features in (real, synthetic)
    ]
    eigenvalues = np.linalg.eigvals(covariances[0] @ covariances[1]).real
    root_trace = np.sqrt(np.maximum(eigenvalues, 0)).sum()
    gap = means[0] - means[1]
    traces = np.trace(covariances[0]) + np.trace(covariances[1])
    return float(gap @ gap + traces - 2 * root_trace)
