"""Group spectral regularization of a generator: keeps rare classes from collapsing.

Source: Rangwani et al., "Improving GANs for Long-Tailed Data through Group Spectral Regularization"
(2022), section 4, and the weights of its code. The images of a rare class become alike when the
largest singular value of what is learned for that class alone explodes: of its gains and shifts in
class-conditional batch normalization, arranged as matrices.

Deviation: singular values are exact, in place of a few steps of power iteration.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization

#: Share by which each further image of a class adds less than the one before (beta in the code).
OVERLAP = 0.999


def class_weights(class_counts: Sequence[int]) -> np.ndarray:
    """Return weights with mean 1, in inverse proportion to effective numbers of images.

    The effective number of n images is (1 - 0.999^n) / (1 - 0.999): nearly n up to a hundred, never
    more than 1,000. A class without images has the weight of one with one.

    >>> class_weights([10, 1000])
    array([1.9689997 , 0.03100029], dtype=float32)
    """
    counts = np.maximum(np.asarray(class_counts, np.float64), 1)
    rarity = (1.0 - OVERLAP) / (1.0 - OVERLAP**counts)
    return (rarity / rarity.mean()).astype(np.float32)


def group_spectral(
    layers: Sequence[ConditionalBatchNormalization], weights: np.ndarray
) -> tf.Tensor:
    """Return the weighted mean over layers and classes of squared spectral norms, a scalar.

    Those of a class are of its gains, less the 1 that they start from, and of its shifts.

    Args:
      layers: layers of a generator.
      weights: float32 [num_classes].
    """
    terms = [
        _squared_norms(layer.gain - 1.0) + _squared_norms(tf.convert_to_tensor(layer.shift))
        for layer in layers
    ]
    return tf.reduce_mean(tf.stack(terms) * weights)


def _squared_norms(table: tf.Tensor) -> tf.Tensor:
    """Return the largest squared singular value of each row, arranged as a matrix; [num_classes].

    The matrix is as near to a square as the length of the row allows.
    """
    num_classes, size = table.shape
    height = max(n for n in range(1, int(size**0.5) + 1) if size % n == 0)
    groups = tf.reshape(table, [num_classes, height, size // height])
    return tf.linalg.eigvalsh(tf.matmul(groups, groups, transpose_b=True))[:, -1]
