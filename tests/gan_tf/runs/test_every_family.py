"""Every family resumes bit-exactly and trains alike on one device and on two."""

import json
import sys

import numpy as np
import pytest
import tensorflow as tf
import worker_program
from small_families import SMALL_FAMILIES, SmallRun, small_images
from workers import two_workers

from gan_tf.gans import GANS
from gan_tf.runs.data.card import data_card
from gan_tf.runs.sampling import recalibrate_batch_norm
from gan_tf.runs.training import _export
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.noise import Noise
from gan_tf.training.pixels import to_uint8


def test_every_family_has_a_small_form():
    assert set(SMALL_FAMILIES) == set(GANS)


# Ways of training with additional state to restore.
WAYS = {
    "several batches": {"discriminator_steps": 3, "generator_steps": 1},
    "float16": {"precision": "mixed_float16"},
    "regularized": {
        "diff_augment": ("color", "translation", "cutout"),
        "mirror": True,
        "lecam_weight": 0.3,
        "consistency_weight": 10.0,
        "r1_weight": 1.0,
    },
}


@pytest.fixture(scope="module", params=GANS)
def one_device(request):
    """Return a family's name, its run after two steps and the metrics of these steps."""
    run = SmallRun(request.param)
    return request.param, run, run.train(0, 2)


def assert_resumes_bit_exactly(run, fresh, folder):
    """Resume a run from step 2 in the same process and in ``fresh``, which has not been trained."""
    assert run.num_traces == 1
    folder /= "checkpoints"
    CheckpointStore(folder, run.train_state.checkpoint).save(2, "")
    saved, initial = run.variables(), fresh.variables()
    assert any(not np.array_equal(a, b) for a, b in zip(saved, initial, strict=True))
    assert CheckpointStore(folder, fresh.train_state.checkpoint).restore().step == 2
    assert_equal(fresh.variables(), saved)
    # In the same process, a variable missing from the checkpoint would keep its value of step 4.
    metrics = run.train(2, 4)
    expected = run.variables()
    assert CheckpointStore(folder, run.train_state.checkpoint).restore().step == 2
    assert_equal(run.variables(), saved)
    assert run.train(2, 4) == metrics
    assert_equal(run.variables(), expected)


def assert_equal(variables, expected):
    for actual, value in zip(variables, expected, strict=True):
        np.testing.assert_array_equal(actual, value)


def test_every_family_resumes_bit_exactly(one_device, tmp_path):
    gan, run, metrics = one_device
    if "margin" in SMALL_FAMILIES[gan].options:
        # At first, the two losses always differ by more than a thousandth.
        assert metrics[0]["margin/extra_updates"] == 2
    assert_resumes_bit_exactly(run, SmallRun(gan), tmp_path)


# Transposed convolutions with labels, and upsampling; soak tests cover the other generators.
@pytest.mark.parametrize(
    "one_device",
    [
        gan if gan in ("cdcgan", "upsampling_dcgan") else pytest.param(gan, marks=pytest.mark.soak)
        for gan in GANS
        if not GANS[gan].translates
    ],
    indirect=True,
)
def test_an_exported_generator_gives_the_same_images(one_device, tmp_path):
    gan, run, _ = one_device
    family, average = run.train_state.family, run.train_state.averages["generator"].network
    recalibrate_batch_norm(family, average, data_card(small_images(gan)), seed=0)
    _export(tmp_path, run.train_state)
    exported = tf.saved_model.load(str(tmp_path / "generator"))
    labels, noise = tf.constant([0, 1] * 8), Noise(Noise.key(3), 16)
    images = exported.serve(family.generator_inputs(labels, noise))
    expected = family.sample(labels, noise, average)
    np.testing.assert_allclose(images, expected, rtol=1e-5, atol=1e-6)
    # Uniform gray images would match regardless of the export, so pixels must vary.
    assert to_uint8(images, family.pixel_range).std(axis=0).max() > 3


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_training_resumes_bit_exactly(way, tmp_path):
    run, fresh = (SmallRun("cdcgan", **WAYS[way]) for _ in range(2))
    metrics = run.train(0, 2)
    if way == "float16":
        assert all(line["loss_scale/generator"] >= 1.0 for line in metrics)
        # Weights, slots, averages and batch statistics stay in full precision.
        assert {v.dtype for v in run.variables() if v.dtype.kind == "f"} == {np.dtype("float32")}
    assert_resumes_bit_exactly(run, fresh, tmp_path)


# Each takes more than ten seconds; the others share their base and layers.
SLOW = ("acgan", "dcgan", "upsampling_dcgan", "upsampling_gan")


@pytest.mark.parametrize(
    "one_device",
    [pytest.param(gan, marks=pytest.mark.soak) if gan in SLOW else gan for gan in GANS],
    indirect=True,
)
def test_two_devices_train_as_one(one_device, two_devices):
    gan, _, metrics = one_device
    with two_devices.scope():
        assert_alike(SmallRun(gan).train(0, 2), metrics)


def test_two_devices_augment_and_regularize_as_one(two_devices):
    one = SmallRun("cdcgan", **WAYS["regularized"])
    expected = one.train(0, 2)
    assert {"r1", "consistency", "lecam"} <= set(expected[0])
    with two_devices.scope():
        two = SmallRun("cdcgan", **WAYS["regularized"])
        assert_alike(two.train(0, 2), expected)
    # The averages are those of the whole batch.
    averages, of_one = (
        {name: float(value.numpy()) for name, value in run.train_state.family.state.items()}
        for run in (two, one)
    )
    assert set(of_one) == {"lecam/real", "lecam/fake"} and 0.0 not in of_one.values()
    assert averages == pytest.approx(of_one, rel=1e-3)


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
        # Sums over replicas round differently; the norm of a gradient is that of one replica.
        names = [name for name in line if not name.startswith("gradient_norm/")]
        assert names
        for name in names:
            assert actual[name] == pytest.approx(line[name], rel=1e-5, abs=1e-5)
