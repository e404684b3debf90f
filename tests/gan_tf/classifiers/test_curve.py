import math

import keras
import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.classifiers.curve import Curve
from gan_tf.classifiers.image_set import ImageSet

TEST = ImageSet(np.zeros((2, 1, 1, 1), np.uint8), np.array([0, 1]))
VALIDATION = ImageSet(np.zeros((4, 1, 1, 1), np.uint8), np.array([0, 0, 1, 1]))


def curve(num_steps=4, num_points=4, validation=None, patience=2):
    """Return a one-layer network whose bias at class 0 decides its predictions, and its curve."""
    network = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten()])
    network.add(keras.layers.Dense(2))
    network.layers[-1].set_weights([np.zeros((1, 2)), np.zeros(2)])

    def predictor(images):
        bias = network.get_weights()[1][0]
        share = 1 / (1 + np.exp(-bias))
        return np.tile(np.float32([share, 1 - share]), (len(images), 1))

    return network, Curve(
        network,
        predictor,
        validation=validation,
        test=TEST,
        num_steps=num_steps,
        steps_per_epoch=2.0,
        num_points=num_points,
        patience=patience,
    )


def set_bias(network, bias):
    network.set_weights([np.zeros((1, 2)), np.array([bias, 0.0])])


def test_a_point_averages_the_training_metrics_since_the_last():
    network, learning_curve = curve(num_steps=4, num_points=2)
    set_bias(network, 1.0)
    for step, loss in enumerate([4.0, 2.0, 1.0, 3.0], start=1):
        assert not learning_curve.add(step, lambda loss=loss: {"loss": loss, "accuracy": loss / 4})
    assert [point["train_loss"] for point in learning_curve.points] == [3.0, 2.0]
    assert [point["train_accuracy"] for point in learning_curve.points] == [0.75, 0.5]
    assert [(point["step"], point["epoch"]) for point in learning_curve.points] == [
        (2, 1.0),
        (4, 2.0),
    ]
    # Class 0 is always predicted, with sigmoid(1): one of two is correct.
    assert learning_curve.points[-1]["test_accuracy"] == 0.5
    expected = -(np.log(1 / (1 + np.exp(-1))) + np.log(1 - 1 / (1 + np.exp(-1)))) / 2
    assert learning_curve.points[-1]["test_loss"] == pytest.approx(expected, rel=1e-5)
    assert learning_curve.best_step == 4


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_non_finite_loss_is_an_error(loss):
    with pytest.raises(InputError, match=f"the loss of a classifier is {loss} after 2 steps"):
        curve()[1].add(2, lambda: {"loss": loss, "accuracy": 0.5})


def test_eval_steps_are_the_points_and_about_fifty_steps_between_two():
    # 1,000 steps per point: every twentieth step, which includes the points.
    assert curve(num_steps=3000, num_points=3)[1].eval_steps == [*range(20, 3001, 20)]
    # Points at 134, 267 and 400; 133 steps per point: every second step.
    assert set(curve(num_steps=400, num_points=3)[1].eval_steps) == {*range(2, 401, 2), 267}
    assert curve(num_steps=5, num_points=2)[1].eval_steps == [1, 2, 3, 4, 5]


def test_without_validation_the_last_point_is_selected_and_weights_are_kept():
    network, learning_curve = curve()
    for step in (1, 2, 3, 4):
        set_bias(network, float(step))
        assert not learning_curve.add(step, lambda: {"loss": 0.0, "accuracy": 0.0})
    learning_curve.restore()
    assert network.get_weights()[1][0] == 4.0
    assert learning_curve.test_probabilities[0, 0] == pytest.approx(1 / (1 + np.exp(-4)))


def test_validation_selects_the_earliest_best_point_and_patience_ends_the_training():
    # Three quarters of the validation images are class 1, so a negative bias is more accurate.
    validation = ImageSet(VALIDATION.images, np.array([0, 1, 1, 1]))
    network, learning_curve = curve(6, 6, validation, patience=2)
    over = []
    for step, bias in enumerate([1.0, -1.0, -2.0, 1.0], start=1):
        set_bias(network, bias)
        over.append(learning_curve.add(step, lambda: {"loss": 0.0, "accuracy": 0.0}))
    assert over == [False, False, False, True]
    assert [one["validation_accuracy"] for one in learning_curve.points] == [0.25, 0.75, 0.75, 0.25]
    assert learning_curve.best_step == 2
    learning_curve.restore()
    assert network.get_weights()[1][0] == -1.0
    assert learning_curve.test_probabilities[0, 0] == pytest.approx(1 / (1 + np.exp(1)))


def test_with_infinite_patience_training_completes_and_validation_still_selects():
    """As above, where a patience of two ended training at step 4, before the rate had annealed."""
    validation = ImageSet(VALIDATION.images, np.array([0, 1, 1, 1]))
    network, learning_curve = curve(6, 6, validation, patience=math.inf)
    for step, bias in enumerate([1.0, -1.0, -2.0, 1.0, 1.0, 1.0], start=1):
        set_bias(network, bias)
        assert not learning_curve.add(step, lambda: {"loss": 0.0, "accuracy": 0.0})
    assert not learning_curve.is_over
    assert learning_curve.best_step == 2
    learning_curve.restore()
    assert network.get_weights()[1][0] == -1.0
