"""What a study reports about copies."""

import numpy as np
import pytest
from scipy import stats

from data_tools.formats.images import pixels_sha256
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources import Example
from gan_tf.inputs.images import LabeledImages
from gan_tf.study.analysis.copies import Copies, excess_p


def image_set(name, pixels):
    examples = [
        Example(f"x/{index}.png", "x", "", None, "real", load=bytes) for index in range(len(pixels))
    ]
    return LabeledImages(pixels, np.zeros(len(pixels), np.int32), ("x",), name, "0", examples)


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (150, 8, 8, 1), np.uint8)


def brighter(pixels):
    return np.minimum(pixels, 250) + np.uint8(5)


def test_identical_near_and_independent_sets_are_distinguished(noise):
    real, unseen, free = np.split(noise, 3)
    mixed = np.concatenate([free[:40], brighter(real[:10])])
    sets = [("equal", real[:1].repeat(2, axis=0)), ("near", mixed), ("free", free)]
    entries = Copies(
        image_set("real", real), [image_set(*one) for one in sets], image_set("test", unseen)
    ).in_synthetic_sets()
    assert [entry["set"] for entry in entries] == ["equal", "near", "free"]
    findings = [entry["sentence"].partition(":")[0] for entry in entries]
    assert findings == [
        "'equal' contains copies of training images",
        "'near' contains near copies of training images (see the pairs)",
        "No copies of these kinds in 'free'",
    ]
    assert entries[1]["sentence"].endswith(
        ": 0 of 50 synthetic images are identical to a training image; near copies of one (moved "
        "by a pixel, mirrored, turned, cropped, brighter, noisy or compressed) are 10 of them, and "
        "0 of 50 unseen real images."
    )
    assert [entry["num_equal"] for entry in entries] == [2, 0, 0]
    assert [entry["num_near"] for entry in entries] == [2, 10, 0]
    assert all((x["num_unseen"], x["num_unseen_near"]) == (50, 0) for x in entries)
    assert entries[0]["nearest"][0] == {
        "synthetic": "x/0.png",
        "training": "x/0.png",
        "synthetic_index": 0,
        "training_index": 0,
        "ratio": pytest.approx(0.0, abs=1e-3),
        "change": "",
    }
    nearest = entries[1]["nearest"]
    assert sorted(pair["synthetic_index"] for pair in nearest) == list(range(40, 50))
    assert all(pair["training_index"] == pair["synthetic_index"] - 40 for pair in nearest)


def test_images_that_only_the_gan_was_trained_on_count_as_copies(noise):
    # Identical to an image that the study does not have.
    real, unseen, foreign = noise[:50], noise[50:100], noise[100]
    listed = TrainedOnImage("0" * 64, pixels_sha256(foreign))
    synthetic = image_set("synthetic", noise[99:101])._replace(trained_on=(listed,))
    copies = Copies(image_set("real", real), [synthetic], image_set("test", unseen))
    (entry,) = copies.in_synthetic_sets()
    assert (entry["num_images"], entry["num_near"], entry["num_equal"]) == (2, 0, 1)
    assert "copies of training images: 1 of 2 synthetic images are" in entry["sentence"]


def test_test_images_that_are_near_copies_of_training_images_are_listed(noise):
    real, test, synthetic = np.split(noise.copy(), 3)
    real[20] = test[3][:, ::-1]
    synthetic[7] = brighter(test[5])
    copies = Copies(image_set("r", real), [image_set("s", synthetic)], image_set("test", test))
    assert [(x["test"], x["training"], x["set"], x["change"]) for x in copies.in_test_images()] == [
        ("x/3.png", "x/20.png", "r", "mirrored"),
        ("x/5.png", "x/7.png", "s", ""),
    ]


def test_more_near_copies_than_among_unseen_images_are_an_excess():
    # Hypergeometric: with 3 near copies among 10, the probability that all 3 are among the first
    # 5 is (5 choose 3) / (10 choose 3) = 10 / 120; by chance at most 1 of the unseen 5 counts.
    assert excess_p(3, 5, 0, 5) == pytest.approx(10 / 120)
    assert excess_p(0, 5, 0, 5) == 1.0
    expected = stats.fisher_exact([[40, 960], [2, 98]], alternative="greater").pvalue
    assert excess_p(40, 1000, 2, 100) == pytest.approx(expected)
    # A test set of copies does not excuse a synthetic set of copies: 2 of 100 count at most.
    assert excess_p(500, 1000, 50, 100) == excess_p(500, 1000, 2, 100) < 1e-9
