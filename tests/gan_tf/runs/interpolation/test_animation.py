"""Animations, read back with Pillow."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gan_tf.runs.interpolation.animation import encode_gif


def test_gray_frames_are_exact_and_repeat_without_end():
    frames = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 1), np.uint8)
    animation = Image.open(io.BytesIO(encode_gif(frames, 80)))
    shown = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(animation)]
    np.testing.assert_array_equal(shown, frames[..., 0])
    # 0 stands for "without end".
    assert animation.info["loop"] == 0
    assert animation.info["duration"] == 80


def test_few_colors_are_exact():
    # 32 frames of 4 colors each.
    frames = np.random.default_rng(0).integers(0, 256, (32, 1, 4, 3), np.uint8)
    animation = Image.open(io.BytesIO(encode_gif(frames.repeat(2, axis=1))))
    shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
    np.testing.assert_array_equal(shown, frames.repeat(2, axis=1))


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_frames_become_one(channels):
    frames = np.full((3, 4, 4, channels), 7, np.uint8)
    animation = Image.open(io.BytesIO(encode_gif(frames)))
    assert (animation.n_frames, animation.info["duration"]) == (1, 300)
