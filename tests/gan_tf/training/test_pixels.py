"""Conversion of uint8 images to floats and back."""

import numpy as np
import pytest

from gan_tf.training.pixels import to_float, to_uint8

ALL = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("pixel_range", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_every_value_survives_the_round_trip(pixel_range):
    floats = to_float(ALL, pixel_range).numpy()
    assert (floats[0], floats[-1]) == pytest.approx(pixel_range)
    np.testing.assert_array_equal(to_uint8(floats, pixel_range), ALL)


def test_values_out_of_range_are_clipped_and_halves_round_to_even():
    # 0.5 / 255 and 1.5 / 255 of the range 0..1 are pixels 0.5 and 1.5.
    values = np.array([-0.1, 1.1, 0.5 / 255, 1.5 / 255], np.float64).astype(np.float32)
    np.testing.assert_array_equal(to_uint8(values, (0.0, 1.0))[:2], [0, 255])
    np.testing.assert_array_equal(to_uint8([0.5, 1.5, 2.5], (0.0, 255.0)), [0, 2, 2])
