"""Several steps in one call: the same bits, one trace, and looks only where they are asked for."""

import numpy as np
import pytest

from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.lenet import lenet, lenet_stages
from gan_tf.classifiers.objective import Classifier
from gan_tf.training.loop import MOST_STEPS_A_CALL, run_phase
from gan_tf.training.step import Step

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, 4, 28, 28, 1)).astype(np.uint8)
LABELS = RNG.integers(0, 10, (30, 4)).astype(np.int32)


def feed(index):
    return {"image": IMAGES[index], "label": LABELS[index]}


def lenet_phase(num_steps):
    # Augmented, so that a step's own noise has to be drawn too.
    network = lenet((28, 28, 1), 10, seed=0)
    augment = augmentation(("shift",), (0.0, 255.0))
    (stage,) = lenet_stages(Classifier(network, augment=augment), num_steps, {})
    return network, stage.phase


@pytest.fixture(scope="module")
def one_by_one():
    """Weights after nine single steps, and every step's metrics."""
    network, phase = lenet_phase(30)
    step = Step(phase, seed=1)
    metrics = [step(index, [feed(index)]) for index in range(9)]
    return network.get_weights(), [{k: float(v) for k, v in one.items()} for one in metrics]


def test_several_steps_are_those_steps_to_the_last_bit_in_one_trace(one_by_one):
    network, phase = lenet_phase(30)
    step = Step(phase, seed=1)
    found = []
    for first, last in ((0, 1), (1, 3), (3, 9)):
        found.append(step.several(first, [[feed(index)] for index in range(first, last)]))
    for ours, expected in zip(network.get_weights(), one_by_one[0], strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert [{k: float(v) for k, v in one.items()} for one in found] == [
        one_by_one[1][last - 1] for last in (1, 3, 9)
    ]
    assert step.num_traces == 1
    assert step._several.experimental_get_tracing_count() == 1


def test_the_loop_looks_where_it_is_told_and_goes_no_further_than_needed(one_by_one):
    network, phase = lenet_phase(30)
    fed, seen = [], []

    def recorded(index):
        fed.append(index)
        return feed(index)

    def after_step(done, metrics):
        seen.append((done, len(fed), metrics()))
        return done == 9

    assert run_phase(phase, recorded, seed=1, after_step=after_step, looks=[2, 9, 12]) == 9
    # No batch is asked for before its step, so a stop after nine steps has taken nine batches.
    assert seen == [(2, 2, one_by_one[1][1]), (9, 9, one_by_one[1][8])]
    assert fed == [*range(9)]
    for ours, expected in zip(network.get_weights(), one_by_one[0], strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_stretch_without_looks_is_cut_to_what_memory_should_hold(monkeypatch):
    calls = []
    monkeypatch.setattr(Step, "several", lambda self, first, batches: calls.append(len(batches)))
    _, phase = lenet_phase(27)
    assert run_phase(phase, feed, seed=0) == 27
    assert calls == [MOST_STEPS_A_CALL, 27 - MOST_STEPS_A_CALL]
