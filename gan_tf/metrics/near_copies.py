"""Near copies: images that repeat a training image up to small changes.

The measure is the distance to the nearest training image over that to the second nearest: near 0
for a copy, and rarely below 0.6 for an image that is merely typical, however dense or blurred its
class. An image is compared after undoing changes that leave its content as it is (see
``gan_tf.metrics.changes``), without its mean brightness, and blurred too, so that noise and
compression count little.

The ratio is that of Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004),
section 7.1, who tells correct matches of features by it; here of whole images.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.neighbors import NearestNeighbors

from gan_tf.metrics.changes import changes, grid, sampling

#: Images below this ratio at any scale are near copies.
COPY_RATIO = 0.45
#: Standard deviation of the blur, in pixels, at each scale of the comparison.
SCALES = (0.0, 1.0)
#: Training images whose root mean square difference, as a share of the range 0..255, is below this
#: are one image, not nearest and second nearest.
DUPLICATE_DIFFERENCE = 0.04

# Points of the comparison along an edge, at most: of all pairs, and of the nearest of them.
_COARSE_POINTS = 10
_COARSE_BLUR = 1.0
_FINE_POINTS = 28
_CANDIDATES = 4
# Images at once, in the search for candidates and in their comparison.
_CHUNK = 2048
_BLOCK = 128


class Matches(NamedTuple):
    """The training image that each of n images resembles most.

    Attributes:
      training: its index, int [n].
      ratios: distance to it over that to the second nearest, at each scale, float [n, scales].
      changes: what was undone, in words; "" for nothing.
    """

    training: np.ndarray
    ratios: np.ndarray
    changes: list[str]

    @property
    def are_copies(self) -> np.ndarray:
        """Whether each image is a near copy, bool [n]."""
        return (self.ratios < COPY_RATIO).any(axis=1)


class NearCopies:
    """Compares images with training images.

    Candidates are those training images that are nearest at few points, after each change; they are
    then compared at more points, without the border, whose content the change may have lost.

    Args:
      training: uint8 [m, height, width, channels], m > 1.
    """

    def __init__(self, training: np.ndarray):
        height, width = training.shape[1:3]
        border = min(1, (min(height, width) - 1) // 2)
        coarse, fine = (
            grid(height, width, points, border) for points in (_COARSE_POINTS, _FINE_POINTS)
        )
        self._changes = changes(height, width)
        self._coarse = [sampling(height, width, coarse, change) for change in self._changes]
        self._fine = [sampling(height, width, fine, change) for change in self._changes]
        features = _all_features(training, _COARSE_BLUR, self._coarse[0])
        self._search = NearestNeighbors(algorithm="brute").fit(features)
        self._training = [_all_features(training, blur, self._fine[0]) for blur in SCALES]

    def matches(self, images: np.ndarray) -> Matches:
        """Return what images, uint8 [n, height, width, channels], resemble most."""
        blocks = []
        for chunk in _split(images, _CHUNK):
            candidates = _split(self._candidates(chunk), _BLOCK)
            blocks += map(self._compared, _split(chunk, _BLOCK), candidates)
        training, ratios, changed = map(np.concatenate, zip(*blocks, strict=True))
        return Matches(training, ratios, [self._changes[index].name for index in changed])

    def _candidates(self, images):
        """Return indices of training images, int [n, changes, candidates]."""
        blurred = _blurred(images, _COARSE_BLUR)
        count = min(_CANDIDATES, self._search.n_samples_fit_)
        found = [
            self._search.kneighbors(_features(blurred, matrix), count, return_distance=False)
            for matrix in self._coarse
        ]
        return np.stack(found, axis=1)

    def _compared(self, images, candidates):
        """Return the nearest candidates, ratios at each scale, and indices of changes.

        Args:
          images: uint8 [n, height, width, channels].
          candidates: indices of training images, int [n, changes, candidates].
        """
        rows = np.arange(len(images))
        nearest, ratios = [], []
        for blur, training in zip(SCALES, self._training, strict=True):
            blurred, others = _blurred(images, blur), training[candidates]
            changed = np.stack([_features(blurred, x) for x in self._fine], axis=1)
            gaps = changed[:, :, np.newaxis] - others
            distances = np.sqrt(np.mean(gaps**2, axis=-1))
            best = distances.reshape(len(images), -1).argmin(axis=1)
            found = candidates.reshape(len(images), -1)[rows, best]
            gaps = others - training[found][:, np.newaxis, np.newaxis]
            is_found = np.sqrt(np.mean(gaps**2, axis=-1)) < DUPLICATE_DIFFERENCE
            second = np.where(is_found, np.inf, distances).min(axis=(1, 2))
            # If all candidates are one image, the second nearest is at least that far away.
            second[np.isinf(second)] = DUPLICATE_DIFFERENCE
            ratios.append(distances.reshape(len(images), -1)[rows, best] / second)
            nearest.append((found, best // candidates.shape[2]))
        ratios = np.stack(ratios, axis=1)
        found, changed = np.array(nearest)[ratios.argmin(axis=1), :, rows].T
        return found, ratios, changed


def _split(array, size):
    return [array[start : start + size] for start in range(0, len(array), size)]


def _all_features(images, blur, matrix):
    """Return the features of many images, of which few are floating-point numbers at a time."""
    chunks = _split(images, _CHUNK)
    return np.concatenate([_features(_blurred(chunk, blur), matrix) for chunk in chunks])


def _blurred(images, blur):
    """Return images in 0..1 after a Gaussian blur, float32."""
    scaled = images.astype(np.float32) / 255
    return gaussian_filter(scaled, (0, blur, blur, 0)) if blur else scaled


def _features(images, matrix):
    """Return sampled values without the mean of each channel, float32 [n, points x channels]."""
    count, height, width, channels = images.shape
    pixels = images.transpose(1, 2, 0, 3).reshape(height * width, count * channels)
    values = (matrix @ pixels).reshape(-1, count, channels)
    values -= values.mean(axis=0)
    return np.ascontiguousarray(values.transpose(1, 0, 2)).reshape(count, -1)
