"""Dropout with random numbers from the caller."""

import numpy as np
import tensorflow as tf

from gan_tf.networks.dropout import Dropout

UNIFORM = np.array([[0.0, 0.2499, 0.25, 0.999]], np.float32)


def test_numbers_below_the_rate_drop_features_and_the_others_are_scaled_up():
    # Of 3, 6, 9 and 12 the first two are dropped; 9 / 0.75 = 12 and 12 / 0.75 = 16.
    features = np.array([[3.0, 6.0, 9.0, 12.0]], np.float32)
    np.testing.assert_allclose(Dropout(0.25)([features, UNIFORM]), [[0, 0, 12, 16]], rtol=1e-6)


def test_random_numbers_are_not_rounded_in_mixed_precision():
    # 0.2499 rounds to 0.25 in bfloat16 and would keep its feature.
    features = tf.ones([1, 4], tf.bfloat16)
    kept = Dropout(0.25, dtype="mixed_bfloat16")([features, UNIFORM])
    assert kept.dtype == tf.bfloat16
    np.testing.assert_array_equal(tf.cast(kept, tf.float32) > 0, [[False, False, True, True]])


def test_the_share_dropped_is_the_rate():
    uniform = tf.random.stateless_uniform([100, 1000], [1, 2])
    dropped = float(
        tf.reduce_mean(tf.cast(Dropout(0.2)([tf.ones([100, 1000]), uniform]) == 0, "float32"))
    )
    # Five standard errors of a share of 100,000: 5 * sqrt(0.16 / 100,000).
    assert abs(dropped - 0.2) < 0.0064
