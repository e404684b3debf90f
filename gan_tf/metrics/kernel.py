"""The kernel distance between two sets of features."""

import numpy as np


def kernel_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Return the unbiased squared maximum mean discrepancy with a cubic kernel.

    Binkowski et al., "Demystifying MMD GANs" (2018), section 4: k(x, y) = (x.y / d + 1)^3 over d
    features, means over pairs of different images. For two sets of one distribution its
    mean is 0, so a value may be negative. It is a KID only with the features of Inception-v3.

    Deviation: over all images at once, not averaged over subsets.

    Args:
      real: float [n, d] with n of 2 or more.
      synthetic: float [m, d] with m of 2 or more.
    """
    x, y = real.astype(np.float64), synthetic.astype(np.float64)
    return float(_within(x) + _within(y) - 2 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _within(x: np.ndarray) -> float:
    """Return the mean kernel over pairs of different images of one set."""
    kernel = _kernel(x, x)
    return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))
