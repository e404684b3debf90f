import numpy as np
import pytest

from gan_tf.metrics.two_sample import nearest_neighbor_accuracy, nearest_neighbors


def test_accuracies_of_points_on_a_line_equal_those_counted_by_hand():
    # Real at 0, 1, 10; synthetic at 1.5, 11, 30. Nearest: 0 -> 1 (own), 1 -> 1.5, 10 -> 11,
    # 1.5 -> 1, 11 -> 10, 30 -> 11 (own).
    result = nearest_neighbors(np.array([[0.0], [1], [10]]), np.array([[1.5], [11], [30]]))
    assert result.accuracy == pytest.approx(2 / 6)
    assert (result.real_accuracy, result.synthetic_accuracy) == (1 / 3, 1 / 3)
    assert result.num_images == 3


def test_equally_near_images_share_the_vote():
    # Real 0 has real 1 and synthetic -1 equally near: half correct. Real 1 has real 0: correct.
    # Synthetic -1 has real 0: wrong. Synthetic -5 has synthetic -1: correct.
    result = nearest_neighbors(np.array([[0.0], [1]]), np.array([[-1.0], [-5]]))
    assert (result.real_accuracy, result.synthetic_accuracy) == (0.75, 0.5)


def test_separate_sets_have_accuracy_1_and_copies_less_than_half():
    drawn = np.random.default_rng(0).normal(size=(200, 8))
    apart = nearest_neighbors(drawn[:100], drawn[100:] + 50)
    # Clopper and Pearson: n of n correct have the lower end 0.025 ** (1 / n); here n is between
    # 100 (every image in a mutual pair) and 200.
    assert (apart.accuracy, apart.high) == (1.0, 1.0)
    assert 0.025 ** (1 / 100) <= apart.low <= 0.025 ** (1 / 200)
    copies = nearest_neighbors(drawn[:100], drawn[:100] + 1e-6)
    assert (copies.accuracy, copies.low) == (0.0, 0.0)


@pytest.mark.parametrize("num_dimensions", [2, 20])
def test_equal_distributions_give_one_half_and_the_interval_covers_it(num_dimensions):
    rng = np.random.default_rng(1)
    results = [nearest_neighbors(*rng.normal(size=(2, 60, num_dimensions))) for _ in range(300)]
    accuracies = [one.accuracy for one in results]
    # 120 images, at least 74 of them independent: a mean over 300 has an error of at most 0.0034.
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.011)
    covered = np.mean([one.low <= 0.5 <= one.high for one in results])
    # Nominally 0.95 or more; 0.91 is three standard errors below.
    assert 0.91 <= covered <= 0.995
    # It is not much wider than necessary: 1.96 standard deviations on each side.
    width = np.mean([one.high - one.low for one in results])
    assert width == pytest.approx(2 * 1.96 * np.std(accuracies), rel=0.2)


def test_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match="not 3 and 2"):
        nearest_neighbors(np.zeros((3, 1)), np.zeros((2, 1)))


def test_accuracy_of_unequal_sets_is_that_of_the_first_images():
    rng = np.random.default_rng(3)
    real, synthetic = rng.normal(size=(9, 2)), rng.normal(size=(6, 2)) + 1
    expected = nearest_neighbors(real[:6], synthetic).accuracy
    assert nearest_neighbor_accuracy(real, synthetic) == expected
