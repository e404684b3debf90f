"""Training runs: exact resume, refusals, the contents of the run directory."""

import gc
import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from training_runs import FLAGS, assert_equal_runs, read_json_lines, train

from data_tools.errors import InputError
from gan_tf.runs import directory
from gan_tf.runs.data.card import data_card
from gan_tf.runs.generated_folder import generate
from gan_tf.runs.options import SampleOptions
from gan_tf.runs.train_state import build_train_state
from gan_tf.training.checkpoint import CheckpointStore


def test_resume_is_bit_exact(tmp_path, config, digits, log_options):
    assert train(tmp_path / "whole", config, digits, log_options) == (0, 4, 0)
    assert train(tmp_path / "parts", replace(config, steps=2), digits, log_options) == (0, 2, 0)
    assert train(tmp_path / "parts", config, digits, log_options) == (2, 4, 0)
    assert_equal_runs(tmp_path / "whole", tmp_path / "parts", config, digits)


def test_another_seed_gives_another_run(tmp_path, config, digits, log_options):
    one_step = replace(config, steps=1)
    train(tmp_path / "a", one_step, digits, log_options)
    train(tmp_path / "b", replace(one_step, seed=4), digits, log_options)
    a, b = ((tmp_path / name / "metrics.jsonl").read_text() for name in "ab")
    assert a != b


@pytest.fixture(scope="module")
def finished(tmp_path_factory, config, digits, log_options):
    run_dir = tmp_path_factory.mktemp("runs") / "finished"
    train(run_dir, replace(config, steps=2), digits, log_options)
    return run_dir


def test_the_run_directory_has_its_files_and_records(finished, config, digits):
    names = {path.name for path in finished.iterdir()}
    assert names == {
        ".lock", "checkpoints", "events", "flags.txt", "generator", "losses.png", "metrics.jsonl",
        "run.json", "samples", "timing.jsonl", "trained_on.jsonl",
    }  # fmt: skip
    assert (finished / "flags.txt").read_text().splitlines() == FLAGS
    record = json.loads((finished / "run.json").read_text())
    assert record["config"]["batch_size"] == 8
    assert record["data"]["fingerprint"] == digits.fingerprint
    assert record["packages"]["tensorflow"] == tf.__version__
    assert len((finished / "trained_on.jsonl").read_text().splitlines()) == 60
    with Image.open(finished / "samples" / "step-00000002.png") as grid:
        # Ten classes in rows, ten samples in columns, 28 pixels each.
        assert grid.size == (280, 280)


def test_the_saved_model_is_the_averaged_generator(finished, config, digits):
    train_state = build_train_state(config, data_card(digits))
    CheckpointStore(finished / "checkpoints", train_state.checkpoint).restore()
    loaded = tf.saved_model.load(str(finished / "generator"))
    z = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    y = np.eye(10, dtype=np.float32)[:3]
    expected = train_state.averages["generator"].network(
        [tf.constant(z), tf.constant(y)], training=False
    )
    np.testing.assert_allclose(loaded.serve([z, y]), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 9}, "--batch_size=9 differs .* which has 8"),
        ({"precision": "mixed_bfloat16"}, "--precision=mixed_bfloat16 differs"),
        ({"threads": 1}, "--threads=1 differs"),
        ({"steps": 1}, "--steps=1 differs .* which has 2"),
        ({"seed": 4}, "--seed=4 differs"),
        ({"diff_augment": ("color", "flip")}, "--diff_augment=color,flip differs .* has none"),
    ],
)
def test_resume_with_other_flags_is_refused(finished, config, digits, log_options, change, message):
    before = sorted(path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file())
    with pytest.raises(InputError, match=message):
        train(finished, replace(config, **{"steps": 2, **change}), digits, log_options)
    after = sorted(path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file())
    assert len(before) == len(after)


def test_resume_with_other_data_is_refused(finished, config, digits, log_options):
    other = digits._replace(fingerprint="0" * 64)
    with pytest.raises(InputError, match="--data differs from the images that the run"):
        train(finished, replace(config, steps=2), other, log_options)


def test_resume_with_another_version_is_refused(finished, config, digits, log_options, monkeypatch):
    monkeypatch.setattr(directory, "__version__", "9.9")
    with pytest.raises(InputError, match=r"was trained with gan_tf [\d.]+, but 9\.9 is installed"):
        train(finished, replace(config, steps=2), digits, log_options)


def edited_record(finished, tmp_path, edit):
    """Return a run folder whose ``run.json`` is that of a finished run, edited."""
    record = json.loads((finished / "run.json").read_text())
    edit(record)
    (tmp_path / "run.json").write_text(json.dumps(record))
    return tmp_path


@pytest.mark.parametrize(
    "edit",
    [
        lambda record: record["config"].update(unknown="real"),
        lambda record: record["config"].pop("steps"),
        lambda record: record.update(recipe=record.pop("config")),
        lambda record: record["data"].pop("fingerprint"),
    ],
)
def test_a_run_of_another_version_is_refused_in_one_line(
    finished, tmp_path, config, digits, log_options, edit
):
    folder = edited_record(finished, tmp_path, edit)
    message = f"--run_dir={folder} was written by another version of gan_tf, .* train a new run"
    with pytest.raises(InputError, match=message):
        generate(folder, tmp_path / "images", SampleOptions(images_per_class=1))
    with pytest.raises(InputError, match=message) as error:
        train(folder, config, digits, log_options)
    assert "\n" not in str(error.value)


def test_options_that_are_lists_are_read_back(finished, tmp_path, config, digits):
    edit = {"diff_augment": ["flip", "cutout"]}
    folder = edited_record(finished, tmp_path, lambda record: record["config"].update(edit))
    same = replace(config, steps=2, diff_augment=("flip", "cutout"))
    assert directory.read_run(folder) == (same, data_card(digits))
    directory.require_same(folder, same, data_card(digits))


@pytest.mark.parametrize("change", [{"width": 0.04}, {"spectral_norm": True}])
def test_a_checkpoint_of_other_networks_is_refused_in_one_line(finished, tmp_path, change, caplog):
    folder = shutil.copytree(finished, tmp_path / "run")
    edited_record(finished, folder, lambda record: record["config"].update(change))
    message = "checkpoint .* does not fit the networks of this version"
    with caplog.at_level("WARNING", logger="tensorflow"):
        with pytest.raises(InputError, match=message):
            generate(folder, tmp_path / "images", SampleOptions(images_per_class=1))
        gc.collect()
    assert not caplog.records


def test_a_damaged_run_file_is_named(tmp_path):
    (tmp_path / "run.json").write_text('{"config": ')
    with pytest.raises(InputError, match=r"run.json is damaged \(.*\); train a new run"):
        directory.read_run(tmp_path)


def test_a_run_with_all_its_steps_is_left_alone(finished, config, digits, log_options):
    assert train(finished, replace(config, steps=2), digits, log_options) == (2, 2, 0)


def test_a_folder_with_other_files_is_refused_and_not_touched(
    tmp_path, config, digits, log_options
):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="holds 'thesis.tex' but no run"):
        train(tmp_path, config, digits, log_options)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_a_run_directory_may_be_missing_empty_or_hold_a_beginning(tmp_path, finished):
    directory.refuse_unusable(tmp_path / "new")
    directory.refuse_unusable(tmp_path)
    (tmp_path / ".lock").touch()
    (tmp_path / "flags.txt").touch()
    directory.refuse_unusable(tmp_path)
    directory.refuse_unusable(finished)


def test_a_run_directory_that_is_not_utf_8_is_refused(tmp_path):
    run_dir = tmp_path / os.fsdecode(b"r\xe9")
    with pytest.raises(InputError, match="is not UTF-8, which TensorFlow needs; choose another"):
        directory.refuse_unusable(run_dir)


def test_a_second_process_is_refused_with_the_id_of_the_first(
    finished, config, digits, log_options
):
    with (
        directory.locked(finished),
        pytest.raises(InputError, match=f"in use by process {os.getpid()}"),
    ):
        train(finished, replace(config, steps=2), digits, log_options)


def test_learning_rates_decay_and_more_steps_are_refused(tmp_path, config, digits, log_options):
    decaying = replace(config, decay_start=0.5, steps=2)
    train(tmp_path / "run", decaying, digits, log_options)
    lines = read_json_lines(tmp_path / "run" / "metrics.jsonl")
    # Logged after the step: the rate of the next step. One update of D and two of G per step.
    for network in ("generator", "discriminator"):
        rates = [line[f"learning_rate/{network}"] for line in lines]
        assert rates == pytest.approx([2e-4, 0.0])
    with pytest.raises(InputError, match="--steps=3 would change the learning rates of the 2"):
        train(tmp_path / "run", replace(decaying, steps=3), digits, log_options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loss": "hinge"},
            "--margin compares losses of equal scale, which --loss=hinge does not have",
        ),
        ({"lecam_weight": 0.3}, "to one of which --lecam_weight adds a term; use --margin=0 or"),
        (
            {"gan": "projection_gan", "group_spectral_weight": 0.5},
            "to one of which --group_spectral_weight adds a term",
        ),
        ({"decay_start": 0.5}, "--margin and --decay_start exclude each other"),
    ],
)
def test_a_margin_is_refused_with_options_that_exclude_it(
    tmp_path, config, digits, log_options, changes, message
):
    with pytest.raises(InputError, match=message):
        train(tmp_path / "run", replace(config, margin=0.1, **changes), digits, log_options)
    assert not (tmp_path / "run" / "run.json").exists()


def test_the_best_checkpoint_by_a_logged_metric_is_kept(tmp_path, config, digits, log_options):
    metric = "gradient_norm/generator"
    often = replace(
        log_options,
        checkpoint_every=1,
        keep_checkpoints=1,
        sample_every=0,
        best_metric=metric,
        best_mode="max",
    )
    train(tmp_path / "run", config, digits, often)
    values = [line[metric] for line in read_json_lines(tmp_path / "run" / "metrics.jsonl")]
    best = values.index(max(values)) + 1
    store = CheckpointStore(tmp_path / "run" / "checkpoints", tf.train.Checkpoint())
    assert store.best_step() == best
    assert store.steps() == sorted({best, 4})
    info = generate(
        tmp_path / "run",
        tmp_path / "images",
        SampleOptions(images_per_class=1, seed=0, step="best"),
    )
    assert info.arguments["step"] == best


def test_a_metric_that_is_not_logged_is_refused_at_the_first_step(
    tmp_path, config, digits, log_options
):
    wrong = replace(log_options, best_metric="fid")
    refusal = pytest.raises(InputError, match="--best_metric=fid is not logged .* loss/generator")
    with refusal:
        train(tmp_path / "run", config, digits, wrong)
    assert not list(tmp_path.iterdir())
    train(tmp_path / "run", config, digits, log_options)
    longer = replace(config, steps=config.steps + 1)
    with refusal:
        train(tmp_path / "run", longer, digits, wrong)
    assert (tmp_path / "run" / "checkpoints").exists()


def test_sample_grids_can_follow_epochs(tmp_path, config, digits, log_options):
    # Epochs of 60 / 24 = 2.5 steps end within steps 3, 5 and 8; the last step always has a grid.
    each_epoch = replace(log_options, sample_every="epoch", checkpoint_every=0)
    train(tmp_path / "run", replace(config, steps=9, batch_size=24), digits, each_epoch)
    names = sorted(path.name for path in (tmp_path / "run" / "samples").iterdir())
    assert names == [f"step-{step:08d}.png" for step in (3, 5, 8, 9)]


def test_synthetic_training_images_are_not_listed_as_real(tmp_path, config, digits):
    examples = [replace(one, origin="synthetic:run@abc") for one in digits.examples[:10]]
    images = digits._replace(examples=[*examples, *digits.examples[10:]])
    directory.create(tmp_path, config, data_card(images), images, FLAGS, {})
    assert directory.trained_on(tmp_path) == list(images.identities())[10:]
