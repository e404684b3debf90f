"""Pixels as features."""

import numpy as np


def pixel_features(images: np.ndarray) -> np.ndarray:
    """Return pixels as shares of their range, float32 [n, height * width * channels].

    Args:
      images: uint8 [n, height, width, channels].
    """
    return images.reshape(len(images), -1).astype(np.float32) / 255


def pixel_extractor(name, learning, options):
    """Return ``pixel_features``; see ``gan_tf.metrics.compute.FeatureBuilder``."""
    return pixel_features
