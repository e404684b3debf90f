"""The one place where uint8 images become floats and back."""

import numpy as np
import tensorflow as tf


def to_float(images: tf.Tensor, pixel_range: tuple[float, float]) -> tf.Tensor:
    """uint8 images 0..255 as float32, 0 -> low and 255 -> high of ``pixel_range``."""
    low, high = pixel_range
    return tf.cast(images, tf.float32) * ((high - low) / 255.0) + low


def to_uint8(images: tf.Tensor, pixel_range: tuple[float, float]) -> np.ndarray:
    """Images in ``pixel_range`` as uint8 0..255, rounded half to even, clipped."""
    low, high = pixel_range
    scaled = (tf.cast(images, tf.float32) - low) * (255.0 / (high - low))
    return tf.saturate_cast(tf.round(scaled), tf.uint8).numpy()
