"""Several steps in one call: the same bits, one trace, ``after_step`` only at ``eval_steps``."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.classifiers.augmentation import augmentation
from gan_tf.classifiers.objective import Classifier
from gan_tf.classifiers.recipes.lenet import lenet, lenet_stages
from gan_tf.training.loop import MAX_STEPS_PER_CALL, run_phase
from gan_tf.training.step import Step

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, 4, 28, 28, 1)).astype(np.uint8)
LABELS = RNG.integers(0, 10, (30, 4)).astype(np.int32)


def batches():
    """Return a ``tf.data`` iterator over 30 batches of four images."""
    return iter(tf.data.Dataset.from_tensor_slices({"image": IMAGES, "label": LABELS}))


def lenet_phase(num_steps):
    # Augmented, so that each step draws noise of its own.
    network = lenet((28, 28, 1), 10, seed=0)
    augment = augmentation(("shift",), (0.0, 255.0))
    (stage,) = lenet_stages(Classifier(network, augment=augment), num_steps, {})
    return network, stage.phase


@pytest.fixture(scope="module")
def one_by_one():
    """Weights after nine single steps, and every step's metrics."""
    network, phase = lenet_phase(30)
    step = Step(phase, seed=1)
    metrics = [
        step(index, [{"image": IMAGES[index], "label": LABELS[index]}]) for index in range(9)
    ]
    return network.get_weights(), [{k: float(v) for k, v in one.items()} for one in metrics]


def test_several_steps_equal_single_steps_to_the_last_bit_in_one_trace(one_by_one):
    network, phase = lenet_phase(30)
    step, source = Step(phase, seed=1), batches()
    metrics = [step.run_several(first, last - first, source) for first, last in ENDS]
    for ours, expected in zip(network.get_weights(), one_by_one[0], strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert [{k: float(v) for k, v in one.items()} for one in metrics] == [
        one_by_one[1][last - 1] for _, last in ENDS
    ]
    assert step.num_traces == 1
    # The trace serves any number of steps, and the iterators of other stages.
    step.run_several(9, 4, batches())
    assert step._fixed_steps.experimental_get_tracing_count() == 1


ENDS = ((0, 1), (1, 3), (3, 9))


# Iterators of tf.data are read in the graph, others by Python.
@pytest.mark.parametrize("make", [batches, lambda: iter(list(batches()))])
def test_the_loop_calls_after_step_at_eval_steps_and_takes_no_batch_ahead(one_by_one, make):
    network, phase = lenet_phase(30)
    source, seen = make(), []

    def after_step(done, metrics):
        seen.append((done, metrics()))
        return done == 9

    assert run_phase(phase, source, seed=1, after_step=after_step, eval_steps=[2, 9, 12]) == 9
    assert seen == [(2, one_by_one[1][1]), (9, one_by_one[1][8])]
    np.testing.assert_array_equal(next(source)["image"], IMAGES[9])
    for ours, expected in zip(network.get_weights(), one_by_one[0], strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_a_call_is_limited(monkeypatch):
    calls = []
    monkeypatch.setattr(
        Step, "run_several", lambda self, first, num_steps, batches: calls.append(num_steps)
    )
    _, phase = lenet_phase(27)
    assert run_phase(phase, itertools.repeat({}), seed=0) == 27
    assert calls == [MAX_STEPS_PER_CALL, 27 - MAX_STEPS_PER_CALL]
