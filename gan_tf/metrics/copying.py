"""Detection of synthetic images that are copies of the generator's training images."""

from typing import NamedTuple

import numpy as np
from scipy import stats
from sklearn.metrics import pairwise_distances_argmin_min, roc_auc_score

MOST_IMAGES = 2000
NUM_RESAMPLES = 500
NUM_SHOWN = 10


class Copying(NamedTuple):
    """How close synthetic images are to the training images, compared with unseen real ones.

    Attributes:
      num_images: number of synthetic images that were compared.
      closer: probability that a synthetic image is closer to its nearest training image than an
        unseen real image is to its own; 0.5 if the generator has learned the distribution,
        toward 1 if it copies. Blurred images come close too: look at ``nearest``.
      low, high: 95 % bootstrap interval of ``closer``.
      nearest: (synthetic index, training index, root mean square difference as a share of 0..255)
        of the nearest pairs, nearest first.
    """

    num_images: int
    closer: float
    low: float
    high: float
    nearest: tuple[tuple[int, int, float], ...]


def copying(synthetic: np.ndarray, training: np.ndarray, unseen: np.ndarray) -> Copying:
    """Compare nearest-neighbor distances in pixel space.

    The comparison of the two sets of distances by ranks is that of Meehan, Chaudhuri and Dasgupta,
    "A Non-Parametric Test to Detect Data-Copying in Generative Models" (2020), section 3, without
    its division of the space into cells; the statistic is given as a probability (Mann-Whitney U
    over the number of pairs) with an interval in place of their z-score.

    Args:
      synthetic: uint8 [n, height, width, channels]; at most 2000, evenly spread, are used.
      training: uint8 [m, height, width, channels], on which the generator was trained.
      unseen: uint8 [k, height, width, channels], real images on which it was not trained; at most
        2000, evenly spread, are used.
    """
    selected = _spread(len(synthetic))
    neighbors, distances = _nearest(synthetic[selected], training)
    _, unseen_distances = _nearest(unseen[_spread(len(unseen))], training)
    interval = stats.bootstrap(
        (distances, unseen_distances),
        _probability_closer,
        n_resamples=NUM_RESAMPLES,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    order = np.argsort(distances, kind="stable")[:NUM_SHOWN]
    return Copying(
        num_images=len(selected),
        closer=_probability_closer(distances, unseen_distances),
        low=float(interval.low),
        high=float(interval.high),
        nearest=tuple((int(selected[i]), int(neighbors[i]), float(distances[i])) for i in order),
    )


def _probability_closer(distances: np.ndarray, unseen_distances: np.ndarray) -> float:
    """Return P(synthetic distance < unseen distance), ties counting half: an area under the ROC."""
    is_unseen = np.repeat([0, 1], [len(distances), len(unseen_distances)])
    return float(roc_auc_score(is_unseen, np.concatenate([distances, unseen_distances])))


def _nearest(images: np.ndarray, training: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's nearest training image and its root mean square difference to it."""
    flat, flat_training = (x.reshape(len(x), -1) for x in (images, training))
    indices, _ = pairwise_distances_argmin_min(
        flat.astype(np.float32), flat_training.astype(np.float32)
    )
    # Recomputed in integers: the fast distance between equal images is not exactly 0.
    gaps = flat.astype(np.int64) - flat_training[indices]
    return indices, np.sqrt(np.mean(np.square(gaps), axis=1)) / 255


def _spread(num_images: int) -> np.ndarray:
    count = min(num_images, MOST_IMAGES)
    return np.linspace(0, num_images, count, endpoint=False).astype(np.int64)
