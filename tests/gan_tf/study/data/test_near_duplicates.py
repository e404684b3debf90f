import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tf.study.data.near_duplicates import near_duplicates


def random_images(count, shape=(28, 28, 1), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def test_the_nearest_training_image_is_reported_with_its_difference():
    training = random_images(50)
    test = random_images(3, seed=1)
    # Image 1 is training image 20 with every pixel raised by one (none is at 255).
    training[20] = np.minimum(training[20], 254)
    test[1] = training[20] + 1
    (pair,) = near_duplicates(test, training)
    assert (pair.test, pair.training) == (1, 20)
    assert pair.difference == pytest.approx(1 / 255)


@pytest.mark.parametrize(("shift", "is_near"), [(5, True), (6, False)])
@pytest.mark.parametrize("edge", [16, 28, 37])
def test_a_uniform_shift_within_the_limit_is_detected(edge, shift, is_near):
    """5 of 255 is 0.0196; a uniform shift is as large in coarse copies as in the images."""
    training = random_images(4, (edge, edge, 1)) // 2
    assert bool(near_duplicates(training[2:3] + np.uint8(shift), training)) is is_near


def test_distant_images_and_empty_sets_have_no_near_duplicates():
    assert near_duplicates(random_images(5), random_images(5, seed=1)) == []
    assert near_duplicates(random_images(5), random_images(0)) == []


@settings(max_examples=30, deadline=None)
@given(
    edge=st.integers(1, 40),
    channels=st.sampled_from([1, 3]),
    noise=st.floats(0, 12),
    seed=st.integers(0, 1000),
)
def test_the_coarse_search_finds_all_that_an_exhaustive_search_finds(edge, channels, noise, seed):
    rng = np.random.default_rng(seed)
    training = rng.integers(0, 256, (12, edge, edge + 3, channels), np.uint8)
    moved = training[:6] + rng.normal(0, noise, training[:6].shape)
    test = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    expected = []
    for index, image in enumerate(test):
        gaps = training.astype(float) - image
        errors = np.sqrt(np.square(gaps).mean(axis=(1, 2, 3))) / 255
        if errors.min() <= 0.02:
            expected.append((index, errors.min()))
    actual = [(pair.test, pair.difference) for pair in near_duplicates(test, training)]
    assert [index for index, _ in actual] == [index for index, _ in expected]
    np.testing.assert_allclose([d for _, d in actual], [d for _, d in expected])
