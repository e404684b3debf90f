import numpy as np
import pytest

from gan_tf.study.design.arms import ARMS, BASELINE
from gan_tf.study.design.training_sets import Draw, TrainingSet

#: Real labels 0 0 0 1 (index 3 of class 1), synthetic 0 1 1 1 1; all but synthetic 4 are drawn.
DRAW = Draw(
    real=np.array([0, 1, 2, 3]),
    synthetic=np.array([0, 1, 2, 3]),
    real_labels=np.array([0, 0, 0, 1]),
    synthetic_labels=np.array([0, 1, 1, 1, 1]),
    num_classes=2,
    seed=7,
)

#: What each arm trains on: labels of real images, labels of synthetic ones, weights, augmented.
EXPECTED = {
    "real": ([0, 0, 0, 1], [], None, False),
    "synthetic": ([], [0, 1, 1, 1], None, False),
    "mixed": ([0, 0, 0, 1], [0, 1, 1, 1], None, False),
    "augmented": ([0, 0, 0, 1], [], None, True),
    # Mixed has 3 + 1 of class 0 and 1 + 3 of class 1.
    "oversampled": ([0, 0, 0, 0, 1, 1, 1, 1], [], None, False),
    # 4 images in 2 classes: 4 / (2 * 3) and 4 / (2 * 1).
    "class_weighted": ([0, 0, 0, 1], [], [2 / 3, 2], False),
}


def test_every_arm_has_an_expectation():
    assert set(EXPECTED) == set(ARMS)
    assert BASELINE in ARMS


@pytest.mark.parametrize("name", EXPECTED)
def test_training_set(name):
    real, synthetic, weights, augmented = EXPECTED[name]
    training_set: TrainingSet = ARMS[name].training_set(DRAW)
    assert sorted(DRAW.real_labels[training_set.real]) == real
    assert sorted(DRAW.synthetic_labels[training_set.synthetic]) == synthetic
    assert training_set.augmented is augmented
    assert len(training_set) == len(real) + len(synthetic)
    if weights is None:
        assert training_set.class_weights is None
    else:
        np.testing.assert_allclose(training_set.class_weights, weights)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_describes_the_training_sets(name):
    arm, training_set = ARMS[name], ARMS[name].training_set(DRAW)
    without = ARMS[name].training_set(DRAW._replace(synthetic=np.array([], int)))
    assert arm.uses_real == (len(training_set.real) > 0)
    assert arm.uses_amount == (len(training_set) != len(without))
    assert arm.is_control == (not len(training_set.synthetic) and name != BASELINE)


def test_class_weights_have_mean_one_over_the_images():
    weights = ARMS["class_weighted"].training_set(DRAW).class_weights
    assert weights[DRAW.real_labels].mean() == pytest.approx(1)


def test_oversampling_repeats_every_image_before_repeating_any_again():
    draw = DRAW._replace(synthetic_labels=np.array([0, 0, 0, 0, 0]))
    training_set = ARMS["oversampled"].training_set(draw)
    # Class 0 grows from 3 to 3 + 4 = 7 images: each twice, one three times.
    counts = np.bincount(training_set.real[draw.real_labels[training_set.real] == 0])
    assert sorted(counts) == [2, 2, 3]
