"""Significance tests that SciPy lacks: Holm's adjustment and McNemar's test of clustered images."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for multiple testing, in the given order.

    Holm's step-down procedure (1979, Scandinavian Journal of Statistics 6, 65), which controls the
    family-wise error rate; SciPy has only the false discovery rate.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def mcnemar(
    first_correct: np.ndarray, second_correct: np.ndarray, groups: np.ndarray | None = None
) -> float:
    """Return the exact p-value of McNemar's test of two classifiers on the same test images.

    Under the null hypothesis each group of images is as likely to favor one classifier by its
    surplus of correct images as the other: the p-value is that of the sum of the surpluses with
    every sign drawn at random. The square of the sum over the sum of squared surpluses is the
    chi-squared statistic of Yang, Sun and Hardin 2010 (Biometrical Journal 52, 638) for clustered
    data; with one image per group it is McNemar's.

    Args:
      first_correct, second_correct: bool [n].
      groups: [n] group of every image; None if each is its own.
    """
    surplus = first_correct.astype(int) - second_correct.astype(int)
    if groups is not None:
        members = np.unique(groups, return_inverse=True)[1]
        surplus = np.bincount(members, surplus).astype(int)
    # Probability of every sum from -total to total in steps of 1.
    probabilities = np.ones(1)
    sizes, counts = np.unique(np.abs(surplus[surplus != 0]), return_counts=True)
    for size, count in zip(sizes, counts, strict=True):
        of_size = np.zeros(2 * size * count + 1)
        of_size[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        probabilities = np.convolve(probabilities, of_size)
    sums = np.arange(len(probabilities)) - len(probabilities) // 2
    return min(1.0, float(probabilities[np.abs(sums) >= abs(surplus.sum())].sum()))
