"""What a study reports about copies."""

import numpy as np
import pytest

from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import Example
from gan_tf.inputs.images import LabeledImages
from gan_tf.study.analysis.copies import copies


def image_set(name, pixels):
    examples = [
        Example(f"x/{index}.png", "x", "", None, "real", load=bytes) for index in range(len(pixels))
    ]
    return LabeledImages(pixels, np.zeros(len(pixels), np.int32), ("x",), name, "0", examples)


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (150, 4, 4, 1), np.uint8)


def test_identical_near_and_independent_sets_are_distinguished(noise):
    real, unseen, free = np.split(noise, 3)
    near = np.clip(real.astype(int) + 1, 0, 255).astype(np.uint8)
    sets = [("equal", real[:1].repeat(2, axis=0)), ("near", near), ("free", free)]
    entries = copies(
        image_set("real", real), [image_set(*one) for one in sets], image_set("test", unseen)
    )
    assert [entry["set"] for entry in entries] == ["equal", "near", "free"]
    findings = [entry["sentence"].partition(":")[0] for entry in entries]
    assert findings == [
        "'equal' contains copies of training images",
        "'near' is suspiciously close to the training images (inspect the nearest pairs)",
        "No sign of copying in 'free'",
    ]
    assert "2 of 2 synthetic images are identical to a training image" in entries[0]["sentence"]
    assert [entry["num_equal"] for entry in entries] == [2, 0, 0]
    assert entries[0]["nearest"][0] == {
        "synthetic": "x/0.png",
        "training": "x/0.png",
        "synthetic_index": 0,
        "training_index": 0,
        "difference": 0.0,
    }


def test_every_image_is_compared_with_all_that_the_gan_was_trained_on(noise):
    # The last of 2,001 images is left out of the distances; it is identical to an image that the
    # GAN was trained on and that the study does not have.
    real, unseen, foreign = noise[:50], noise[50:100], noise[100]
    many = np.concatenate([np.full((2000, 4, 4, 1), 7, np.uint8), foreign[np.newaxis]])
    listed = TrainedOnImage("0" * 64, pixels_sha256(foreign))
    synthetic = image_set("synthetic", many)._replace(trained_on=(listed,))
    (entry,) = copies(image_set("real", real), [synthetic], image_set("test", unseen))
    assert (entry["num_images"], entry["num_compared"], entry["num_equal"]) == (2001, 2000, 1)
    assert "copies of training images: 1 of 2001 synthetic images are" in entry["sentence"]
