"""Conversion between uint8 images and the float range of a network."""

import numpy as np
import tensorflow as tf


def to_float(images: tf.Tensor, pixel_range: tuple[float, float]) -> tf.Tensor:
    """Convert uint8 images to float32: 0 to the low and 255 to the high end of ``pixel_range``."""
    low, high = pixel_range
    return tf.cast(images, tf.float32) * ((high - low) / 255.0) + low


def to_uint8(images: tf.Tensor, pixel_range: tuple[float, float]) -> np.ndarray:
    """Convert images in ``pixel_range`` to uint8, rounded half to even and clipped."""
    low, high = pixel_range
    scaled = (tf.cast(images, tf.float32) - low) * (255.0 / (high - low))
    return tf.saturate_cast(tf.round(scaled), tf.uint8).numpy()
