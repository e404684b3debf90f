"""What a study says of copies."""

import numpy as np
import pytest

from data_tools.sources import Example
from gan_tf.inputs.images import LabelledImages
from gan_tf.study.copies import copies


def image_set(name, pixels):
    examples = [
        Example(f"x/{index}.png", "x", "", None, "real", load=bytes) for index in range(len(pixels))
    ]
    return LabelledImages(pixels, np.zeros(len(pixels), np.int32), ("x",), name, "0", examples)


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (150, 4, 4, 1), np.uint8)


def test_equal_near_and_free_sets_are_told_apart_with_names(noise):
    real, unseen, free = np.split(noise, 3)
    near = np.clip(real.astype(int) + 1, 0, 255).astype(np.uint8)
    sets = [("equal", real[:1].repeat(2, axis=0)), ("near", near), ("free", free)]
    entries = copies(
        image_set("real", real), [image_set(*one) for one in sets], image_set("test", unseen)
    )
    assert [entry["set"] for entry in entries] == ["equal", "near", "free"]
    findings = [entry["sentence"].partition(":")[0] for entry in entries]
    assert findings == [
        "Copies found",
        "Suspiciously near to the training images; look at the nearest pairs",
        "No sign of copies",
    ]
    assert "2 of 2 synthetic images equal a training image" in entries[0]["sentence"]
    assert entries[0]["nearest"][0] == {
        "synthetic": "x/0.png",
        "training": "x/0.png",
        "synthetic_index": 0,
        "training_index": 0,
        "difference": 0.0,
    }
