import itertools

import keras
import numpy as np
import pytest

from data_tools.errors import InputError
from gan_tf.classifiers.objective import Classifier
from gan_tf.classifiers.recipes.one_cycle import (
    NUM_SEARCH_STEPS,
    OneCycleAdam,
    OneCycleRate,
    RateSearch,
)
from gan_tf.training.loop import run_phase


def test_the_rate_rises_linearly_and_falls_by_a_cosine():
    rate = OneCycleRate(0.1, num_steps=100)
    # From 0.01 to 0.1 over 50 steps; then 0.05 * (1 + cos(pi * (t - 50) / 50)).
    expected = {0: 0.01, 25: 0.055, 50: 0.1, 75: 0.05, 60: 0.05 * (1 + np.cos(0.2 * np.pi)), 100: 0}
    for step, value in expected.items():
        assert float(rate(step)) == pytest.approx(value, abs=1e-7)


def test_adam_on_the_cycle_equals_plain_adam_on_moving_rate_and_momentum():
    variable = keras.Variable([1.0, -2.0], name="kernel")
    optimizer = OneCycleAdam(0.1, num_steps=4)
    value, first, second = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    # Steps 0..3 of 4: rates 0.01, 0.055, 0.1, 0.05; momenta 0.95, 0.9, 0.85, 0.9.
    for step, (rate, momentum) in enumerate(
        [(0.01, 0.95), (0.055, 0.9), (0.1, 0.85), (0.05, 0.9)], start=1
    ):
        gradient = np.array([0.5, -1.0]) * step
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
        first = momentum * first + (1 - momentum) * gradient
        second = 0.999 * second + 0.001 * gradient**2
        corrected = np.sqrt(second) / np.sqrt(1 - 0.999**step) + 0.0
        value = value - rate * first / (1 - momentum**step) / corrected
    np.testing.assert_allclose(variable.numpy(), value, rtol=1e-4)


def searched():
    """Search with one linear weight whose input is 0 or 1; also return the weights around it."""
    network = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten()])
    network.add(keras.layers.Dense(2))
    network.layers[-1].set_weights([np.array([[0.3, -0.2]]), np.array([0.1, 0.0])])
    before = network.get_weights()
    search = RateSearch(Classifier(network, (0.0, 1.0)))
    batch = {
        "image": np.array([0, 255] * 4, np.uint8).reshape(8, 1, 1, 1),
        "label": np.array([0, 1] * 4, np.int32),
    }
    stage = search.stage()
    run_phase(stage.phase, itertools.repeat(batch), seed=0, after_step=stage.search)
    moved = [not np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True)]
    return search, search.suggested_rate(), all(moved), before, network.get_weights()


def test_the_search_finds_a_tenth_of_the_rate_of_the_lowest_loss_and_restores_weights():
    search, rate, moved, before, after = searched()
    assert moved
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    assert rate == search.rates[int(np.argmin(search.losses))] / 10
    assert len(search.rates) == len(search.losses) <= NUM_SEARCH_STEPS
    assert search.rates[0] == pytest.approx(1e-6)
    # One rate per step, each larger by 10^(6/99).
    assert search.rates[1] / search.rates[0] == pytest.approx(10 ** (6 / 99))


def test_a_search_ends_when_the_smoothed_loss_is_four_times_its_minimum():
    search = RateSearch(Classifier(keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])))
    search_step = search.stage().search
    # Averages 0.1, 0.14, 0.176, 0.4584 over 0.1, 0.19, 0.271, 0.3439.
    ended = [
        search_step(step, lambda loss=loss: {"loss": loss})
        for step, loss in enumerate([1.0, 0.5, 0.5, 3.0], start=1)
    ]
    assert search.losses == pytest.approx([1.0, 0.14 / 0.19, 0.176 / 0.271, 0.4584 / 0.3439])
    assert ended == [False] * 4
    assert search_step(5, lambda: {"loss": 20.0}) is True
    assert search.suggested_rate() == pytest.approx(search.rates[2] / 10)


def test_a_nan_loss_ends_the_search_and_is_not_recorded():
    search = RateSearch(Classifier(keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])))
    search_step = search.stage().search
    assert not search_step(1, lambda: {"loss": 1.0})
    assert search_step(2, lambda: {"loss": float("nan")})
    assert search.losses == [1.0]


def test_a_loss_that_is_nan_from_the_start_gives_no_rate():
    search = RateSearch(Classifier(keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])))
    assert search.stage().search(1, lambda: {"loss": float("nan")}) is True
    with pytest.raises(InputError, match="not finite before any training"):
        search.suggested_rate()
