"""Every family of the table goes on to the last bit, and trains alike on one device and two."""

import json
import sys

import numpy as np
import pytest
import worker_program
from small_families import SMALL_FAMILIES, SmallRun
from workers import two_workers

from gan_tf.gans import GANS
from gan_tf.training.checkpoint import CheckpointStore


def test_every_family_is_tried():
    assert set(SMALL_FAMILIES) == set(GANS)


# Ways of training that have something of their own to remember.
WAYS = {
    "margin": {"margin": 1e-3, "margin_updates": 2},
    "float16": {"precision": "mixed_float16"},
}


@pytest.fixture(scope="module", params=GANS)
def one_device(request):
    """A family's name, its run after two steps, and their metrics."""
    run = SmallRun(request.param)
    return request.param, run, run.train(0, 2)


def assert_going_on_changes_no_bit(run, folder):
    assert run.num_traces == 1
    # In the same process: what a checkpoint forgets stands where step 4 left it, not at step 2.
    store = CheckpointStore(folder / "checkpoints", run.model.checkpoint)
    store.save(2, "")
    metrics = run.train(2, 4)
    expected = run.variables()
    assert store.restore().step == 2
    assert any(not np.array_equal(a, b) for a, b in zip(run.variables(), expected, strict=True))
    assert run.train(2, 4) == metrics
    for actual, value in zip(run.variables(), expected, strict=True):
        np.testing.assert_array_equal(actual, value)


def test_every_family_goes_on(one_device, tmp_path):
    assert_going_on_changes_no_bit(one_device[1], tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_training_goes_on(way, tmp_path):
    run = SmallRun("cdcgan", **WAYS[way])
    metrics = run.train(0, 2)
    if way == "margin":
        # No two losses are within a thousandth at first.
        assert metrics[0]["margin/extra_updates"] == 2
    if way == "float16":
        assert all(line["loss_scale/generator"] >= 1.0 for line in metrics)
        # Weights, slots, averages and batch statistics stay in full precision.
        assert {v.dtype for v in run.variables() if v.dtype.kind == "f"} == {np.dtype("float32")}
    assert_going_on_changes_no_bit(run, tmp_path)


# Each costs ten seconds and more; the others have the same base and layers.
LATER = ("acgan", "dcgan", "upsampling_dcgan", "upsampling_gan")


@pytest.mark.parametrize(
    "one_device",
    [pytest.param(gan, marks=pytest.mark.soak) if gan in LATER else gan for gan in GANS],
    indirect=True,
)
def test_two_devices_train_as_one(one_device, two_devices):
    gan, _, metrics = one_device
    with two_devices.scope():
        assert_alike(SmallRun(gan).train(0, 2), metrics)


@pytest.mark.soak
def test_two_workers_train_as_one(one_device, tmp_path):
    gan, _, metrics = one_device
    command = [sys.executable, worker_program.__file__, gan, "metrics.json"]
    with two_workers(command, tmp_path) as processes:
        assert [process.wait(timeout=600) for process in processes] == [0, 0]
    assert_alike(json.loads((tmp_path / "metrics.json").read_text()), metrics)


def assert_alike(metrics, expected):
    assert len(metrics) == len(expected) == 2
    for actual, line in zip(metrics, expected, strict=True):
        # Sums over replicas round in another order; a gradient's norm is a replica's own.
        names = [name for name in line if not name.startswith("gradient_norm/")]
        assert names
        for name in names:
            assert actual[name] == pytest.approx(line[name], abs=1e-5)
