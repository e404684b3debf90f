"""Pixels as features."""

import numpy as np

from gan_tf.metrics.pixels import pixel_extractor, pixel_features


def test_pixels_are_shares_of_their_range_in_one_row():
    images = np.array([[[[0], [51]]], [[[102], [255]]]], np.uint8)
    np.testing.assert_allclose(pixel_features(images), [[0, 0.2], [0.4, 1]], rtol=1e-6)
    assert pixel_extractor("pixels", None, None) is pixel_features
