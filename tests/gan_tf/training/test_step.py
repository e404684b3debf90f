"""The step: gradients against numbers worked out by hand, orders of updates, one trace."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.training.loop import run_phase
from gan_tf.training.objective import Losses, Phase
from gan_tf.training.schedule import FixedSchedule, Update
from gan_tf.training.step import Step


def scalar_network(value):
    network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1, use_bias=False)])
    network.set_weights([np.full([1, 1], value, np.float32)])
    return network


class Tug:
    """Two numbers a and b: a minimizes (a - x)^2, b minimizes (b - a)^2; counts its calls."""

    pixel_range = (0.0, 1.0)

    def __init__(self):
        self.networks = {"a": scalar_network(0.0), "b": scalar_network(5.0)}
        self.state = {"num_updates": tf.Variable(0)}

    def losses(self, update, batch, noise):
        one = tf.ones([1, 1])
        a, b = (self.networks[name](one)[0, 0] for name in "ab")
        x = tf.reduce_mean(batch["x"])
        totals = {
            ("a",): (a - x) ** 2,
            ("b",): (b - a) ** 2,
            ("a", "b"): (a - x) ** 2 + (b - a) ** 2,
        }
        return Losses(
            {group: totals[group] for group in update.groups},
            {"a": a, "b": b},
            {"num_updates": self.state["num_updates"] + 1},
        )

    @property
    def values(self):
        return tuple(float(self.networks[name].get_weights()[0][0, 0]) for name in "ab")


def sgd(*names):
    return {name: keras.optimizers.SGD(0.25) for name in names}


def ones(value=1.0):
    return {"x": np.full([2], value, np.float32)}


def test_consecutive_updates_see_the_results_of_earlier_ones():
    tug = Tug()
    schedule = FixedSchedule(Update((("a",),)), Update((("b",),), fresh_batch=False))
    Step(Phase(tug, schedule, 1, sgd("a", "b")), seed=0)(0, [ones()])
    # a: 0 - 0.25 * 2 * (0 - 1) = 0.5; then b: 5 - 0.25 * 2 * (5 - 0.5) = 2.75.
    assert tug.values == pytest.approx((0.5, 2.75))
    assert int(tug.state["num_updates"]) == 2


def test_groups_of_one_update_are_updated_simultaneously():
    tug = Tug()
    Step(Phase(tug, FixedSchedule(Update((("a",), ("b",)))), 1, sgd("a", "b")), seed=0)(0, [ones()])
    # b still sees a = 0: 5 - 0.5 * 5 = 2.5.
    assert tug.values == pytest.approx((0.5, 2.5))


def test_networks_of_one_group_share_a_total():
    tug = Tug()
    Step(Phase(tug, FixedSchedule(Update((("a", "b"),))), 1, sgd("a", "b")), seed=0)(0, [ones()])
    # d/da of (a - 1)^2 + (5 - a)^2 at 0 is -2 - 10: a = 3; b as before.
    assert tug.values == pytest.approx((3.0, 2.5))


def test_fresh_batches_are_taken_in_order():
    tug = Tug()
    fresh = Update((("a",),))
    again = fresh._replace(fresh_batch=False)
    phase = Phase(tug, FixedSchedule(fresh, again, fresh), 1, {"a": keras.optimizers.SGD(0.5)})
    assert phase.schedule.num_batches == 2
    # With rate 1/2 each update puts a at the batch's mean.
    Step(phase, seed=0)(0, [ones(3.0), ones(8.0)])
    assert tug.values[0] == pytest.approx(8.0)


def test_many_steps_are_one_trace():
    tug = Tug()
    step = Step(Phase(tug, FixedSchedule(Update((("a",),))), 9, sgd("a")), seed=0)
    for index in range(9):
        step(index, [ones(index)])
    assert step.num_traces == 1


class UntilClose:
    """Trains b until it is within one of a, at most three times."""

    updates = (Update((("a",),)), Update((("b",),), fresh_batch=False))
    is_fixed = False
    num_batches = 1
    state = {}

    def next(self, index, losses):
        if index == 0:
            return self.updates[0]
        if index <= 3 and (index == 1 or abs(losses["a"] - losses["b"]) > 1):
            return self.updates[1]
        return None

    def end_step(self, num_updates):
        return {"num_updates": num_updates}


def test_a_schedule_may_depend_on_the_losses():
    tug = Tug()
    phase = Phase(tug, UntilClose(), 1, sgd("a", "b"))
    assert phase.schedule.num_batches == 1
    step = Step(phase, seed=0)
    assert step(0, [ones()])["num_updates"] == 4
    # a = 0.5; b halves its distance of 4.5 each time. Its metrics are those before the update:
    # 4.5 and 2.25 apart, so training continues to the limit of three: 4.5 / 8 = 0.5625.
    assert tug.values == pytest.approx((0.5, 0.5 + 0.5625))
    assert step(1, [ones()])["num_updates"] == 2
    # a = 0.75. b is 0.3125 away before its one update.
    assert tug.values == pytest.approx((0.75, 0.75 + 0.15625))


def test_uint8_images_are_rescaled_to_the_objectives_range():
    seen = []

    class Peek(Tug):
        pixel_range = (-1.0, 1.0)

        def losses(self, update, batch, noise):
            seen.append((batch["image"].dtype, batch["x"].dtype))
            return super().losses(update, {"x": batch["image"]}, noise)

    peek = Peek()
    batch = {"image": np.full([2, 1, 1, 1], 255, np.uint8), **ones()}
    Step(Phase(peek, FixedSchedule(Update((("a",),))), 1, sgd("a")), seed=0)(0, [batch])
    assert seen == [(tf.float32, tf.float32)]
    assert peek.values[0] == pytest.approx(0.5)


def test_the_loop_takes_the_batches_in_order_and_stops_on_a_true_result():
    tug, steps = Tug(), []
    batches = map(ones, itertools.count(1))

    def after_step(step, metrics):
        steps.append((step, metrics()["a"]))
        return step == 4

    schedule = FixedSchedule(Update((("a",),)), Update((("a",),)))
    phase = Phase(tug, schedule, 10, sgd("a"))
    assert run_phase(phase, batches, seed=0, first_step=2, after_step=after_step) == 4
    # Each update halves the distance to its batch, 1 to 4: a goes 0, 0.5, 1.25, 2.125, 3.0625. The
    # metric is the one before each step's last update.
    assert steps == [(3, pytest.approx(0.5)), (4, pytest.approx(2.125))]
    assert next(batches)["x"][0] == 5


def test_a_finished_phase_runs_no_step():
    phase = Phase(Tug(), FixedSchedule(Update((("a",),))), 3, sgd("a"))
    assert run_phase(phase, itertools.repeat(ones()), seed=0, first_step=5) == 5
