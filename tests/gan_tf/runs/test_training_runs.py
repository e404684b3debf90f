"""Runs: exact resume, what is refused, what stands in the directory."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from data_tools.errors import InputError
from gan_tf.gans import GANS
from gan_tf.runs import directory
from gan_tf.runs.recipe import build_model
from gan_tf.runs.training import data_card, train_run
from gan_tf.training.checkpoint import CheckpointStore

FLAGS = ["--gan=cdcgan", "--seed=3"]


def train(run_dir, recipe, images, cadence):
    return train_run(run_dir, recipe, data_card(images), images, cadence, FLAGS)


def state(run_dir, recipe, images):
    """Every variable of the latest checkpoint, slots and averages included."""
    model = build_model(recipe, data_card(images))
    CheckpointStore(run_dir / "checkpoints", model.checkpoint).restore()
    networks = [*model.family.networks.values(), model.average.network]
    owners = [*networks, *model.phase.optimizers.values()]
    return [np.asarray(v) for owner in owners for v in owner.variables]


def assert_equal_runs(first, second, recipe, images):
    for a, b in zip(state(first, recipe, images), state(second, recipe, images), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first / "metrics.jsonl").read_text() == (second / "metrics.jsonl").read_text()
    for sample in (first / "samples").iterdir():
        assert sample.read_bytes() == (second / "samples" / sample.name).read_bytes()


def resized(images, gan):
    """Images that the family takes: cDCGAN the digits, DCGAN 32 pixels in colour."""
    if gan == "cdcgan":
        return images
    padded = np.pad(images.images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    return images._replace(images=np.repeat(padded, 3, axis=-1))


@pytest.mark.parametrize("gan", GANS)
def test_stopping_and_going_on_changes_no_bit(gan, tmp_path, recipe, digits, cadence):
    recipe, images = recipe._replace(gan=gan), resized(digits, gan)
    assert train(tmp_path / "whole", recipe, images, cadence) == (0, 4, 0)
    assert train(tmp_path / "parts", recipe._replace(steps=2), images, cadence) == (0, 2, 0)
    assert train(tmp_path / "parts", recipe, images, cadence) == (2, 4, 0)
    assert_equal_runs(tmp_path / "whole", tmp_path / "parts", recipe, images)


def test_another_seed_is_another_run(tmp_path, recipe, digits, cadence):
    one_step = recipe._replace(steps=1)
    train(tmp_path / "a", one_step, digits, cadence)
    train(tmp_path / "b", one_step._replace(seed=4), digits, cadence)
    a, b = ((tmp_path / name / "metrics.jsonl").read_text() for name in "ab")
    assert a != b


@pytest.fixture(scope="module")
def finished(tmp_path_factory, recipe, digits, cadence):
    run_dir = tmp_path_factory.mktemp("runs") / "finished"
    train(run_dir, recipe._replace(steps=2), digits, cadence)
    return run_dir


def test_the_directory_holds_what_it_should(finished, recipe, digits):
    names = {path.name for path in finished.iterdir()}
    assert names == {
        ".lock", "checkpoints", "events", "flags.txt", "generator", "metrics.jsonl", "run.json",
        "samples", "timing.jsonl", "trained_on.jsonl",
    }  # fmt: skip
    assert (finished / "flags.txt").read_text().splitlines() == FLAGS
    record = json.loads((finished / "run.json").read_text())
    assert record["recipe"]["batch_size"] == 8
    assert record["data"]["fingerprint"] == digits.fingerprint
    assert record["packages"]["tensorflow"] == tf.__version__
    assert len((finished / "trained_on.jsonl").read_text().splitlines()) == 60
    with Image.open(finished / "samples" / "step-00000002.png") as grid:
        # Ten classes in rows, ten samples in columns, 28 pixels each.
        assert grid.size == (280, 280)


def test_the_saved_model_is_the_averaged_generator(finished, recipe, digits):
    model = build_model(recipe, data_card(digits))
    CheckpointStore(finished / "checkpoints", model.checkpoint).restore()
    loaded = tf.saved_model.load(str(finished / "generator"))
    z = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    y = np.eye(10, dtype=np.float32)[:3]
    expected = model.average.network([tf.constant(z), tf.constant(y)], training=False)
    np.testing.assert_allclose(loaded.serve([z, y]), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 9}, "--batch_size=9 differs .* which has 8"),
        ({"precision": "mixed_bfloat16"}, "--precision=mixed_bfloat16 differs"),
        ({"threads": 1}, "--threads=1 differs"),
        ({"steps": 1}, "--steps=1 differs .* which has 2"),
        ({"seed": 4}, "--seed=4 differs"),
    ],
)
def test_a_resume_with_other_flags_is_refused(finished, recipe, digits, cadence, change, message):
    before = sorted(path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file())
    with pytest.raises(InputError, match=message):
        train(finished, recipe._replace(**{"steps": 2, **change}), digits, cadence)
    after = sorted(path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file())
    assert len(before) == len(after)


def test_a_run_of_other_data_is_refused(finished, recipe, digits, cadence):
    other = digits._replace(fingerprint="0" * 64)
    with pytest.raises(InputError, match="--data holds other images than the run"):
        train(finished, recipe._replace(steps=2), other, cadence)


def test_a_run_that_has_had_its_steps_does_nothing(finished, recipe, digits, cadence):
    assert train(finished, recipe._replace(steps=2), digits, cadence) == (2, 2, 0)


def test_a_folder_with_something_else_is_refused(tmp_path, recipe, digits, cadence):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="holds 'thesis.tex' but no run"):
        train(tmp_path, recipe, digits, cadence)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_a_second_process_is_refused_with_the_holders_number(finished, recipe, digits, cadence):
    with (
        directory.locked(finished),
        pytest.raises(InputError, match=f"in use by process {os.getpid()}"),
    ):
        train(finished, recipe._replace(steps=2), digits, cadence)
