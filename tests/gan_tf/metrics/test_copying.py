"""Detection of copies among images of the same distribution."""

import numpy as np
import pytest

from gan_tf.metrics.copying import copying


def images(*values):
    """Return one-pixel images."""
    return np.array(values, np.uint8).reshape(-1, 1, 1, 1)


def test_the_probability_equals_that_computed_by_hand():
    # Distances to {0, 100}: synthetic 10 and 30; unseen 20, 40, 10 -> pairs where synthetic is
    # nearer: (10: 20, 40, tie with 10), (30: 40) = 1 + 1 + 0.5 + 1 of 6.
    result = copying(images(10, 70), images(0, 100), images(20, 60, 110))
    assert result.closer == pytest.approx(3.5 / 6)
    assert result.num_images == 2
    assert result.low <= result.closer <= result.high
    assert result.nearest == (
        (0, 0, pytest.approx(10 / 255)),
        (1, 1, pytest.approx(30 / 255)),
    )


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (900, 4, 4, 1), np.uint8)


def test_images_of_the_same_distribution_are_not_copies(noise):
    result = copying(noise[:300], noise[300:600], noise[600:])
    assert result.low < 0.5 < result.high


def test_copies_and_changed_copies_are_detected(noise):
    training, unseen = noise[300:600], noise[600:]
    exact = copying(training[::-1], training, unseen)
    assert exact.closer == 1.0
    assert exact.nearest[0] == (0, 299, 0.0)
    slightly = np.clip(training.astype(int) + 3, 0, 255).astype(np.uint8)
    changed = copying(slightly, training, unseen)
    assert changed.low > 0.95


def test_large_sets_are_subsampled_evenly():
    ramp = np.arange(256, dtype=np.uint8).repeat(20).reshape(-1, 1, 1, 1)
    result = copying(ramp, images(0, 255), images(5, 7))
    assert result.num_images == 2000
    # Every gray level is 20 of 5120 images: about 8 of the 2000 are 0 and as many 255, so that the
    # nearest ten equal a training image.
    assert [distance for _, _, distance in result.nearest] == [0.0] * 10
