"""What an alarm does to a run: warn, stop, roll back."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from small_families import SmallRun
from training_runs import read_json_lines, train

from data_tools.errors import InputError
from gan_tf.runs.options import AlarmOptions, LogOptions
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.guard import MAX_LOSS, MIN_GRADIENT_NORM


def alarms(run_dir):
    return read_json_lines(run_dir / "alarms.jsonl")


@pytest.fixture
def discriminator_always_wins(monkeypatch):
    """Make every discriminator count as having won: D(real) > -1 and D(fake) < 2."""
    monkeypatch.setattr("gan_tf.training.guard.WON", (-1.0, 2.0))


@pytest.mark.usefixtures("discriminator_always_wins")
def test_an_alarm_warns_stops_or_rolls_back(tmp_path, config, digits, log_options):
    # Steps 1 to 3 pass, 4 raises the alarm; the last checkpoint before it is that of step 2.
    warn = AlarmOptions("warn", alarm_patience=4, max_rollbacks=2)
    assert train(tmp_path / "warn", config, digits, log_options, warn) == (0, 4, 0)
    assert [line["step"] for line in alarms(tmp_path / "warn")] == [4]

    with pytest.raises(InputError, match="the discriminator has won at step 4"):
        train(tmp_path / "stop", config, digits, log_options, replace(warn, on_alarm="stop"))
    assert [path.name for path in (tmp_path / "stop" / "checkpoints").iterdir()] == [
        "step-00000002"
    ]

    # A rollback resets the patience: steps 3 and 4 again, in another order, raise none.
    back = replace(warn, on_alarm="roll_back")
    assert train(tmp_path / "back", config, digits, log_options, back) == (0, 4, 0)
    assert [line["step"] for line in alarms(tmp_path / "back")] == [4]
    first, second = (
        read_json_lines(tmp_path / name / "metrics.jsonl") for name in ("warn", "back")
    )
    assert [line["step"] for line in second] == [1, 2, 3, 4]
    assert first[:2] == second[:2] and first[2] != second[2]
    store = CheckpointStore(tmp_path / "back/checkpoints", tf.train.Checkpoint())
    record = json.loads((store._path(4) / "checkpoint.json").read_text())
    assert record["extra"] == {"rollbacks": 1}


@pytest.mark.usefixtures("discriminator_always_wins")
def test_rollbacks_are_bounded(tmp_path, config, digits, log_options):
    impatient = AlarmOptions("roll_back", alarm_patience=2, max_rollbacks=2)
    often = replace(log_options, checkpoint_every=1)
    with pytest.raises(InputError, match=r"won at step \d: .*\(after 2 rollbacks\)"):
        train(tmp_path / "run", replace(config, steps=9), digits, often, impatient)
    assert len(alarms(tmp_path / "run")) == 3


def test_non_finite_values_stop_training_and_are_never_saved(tmp_path, config, digits, log_options):
    wild = replace(config, learning_rate=1e30, steps=9)
    with pytest.raises(InputError, match=r"is (nan|-?inf) at step \d+"):
        train(tmp_path / "run", wild, digits, replace(log_options, checkpoint_every=1))
    bad_step = alarms(tmp_path / "run")[-1]["step"]
    saved = [int(p.name[5:]) for p in (tmp_path / "run" / "checkpoints").glob("step-*")]
    assert all(step < bad_step for step in saved)


def test_an_exploded_loss_is_an_alarm_of_a_real_run(tmp_path, config, digits, log_options):
    # The first step of Adam moves every weight by the learning rate.
    wild = replace(config, learning_rate=1e9, steps=4)
    patient = AlarmOptions("warn", alarm_patience=9)
    train(tmp_path / "warn", wild, digits, log_options, patient)
    losses = [line["loss/generator"] for line in read_json_lines(tmp_path / "warn/metrics.jsonl")]
    assert max(losses) > 1e15
    (alarm,) = alarms(tmp_path / "warn")
    assert "has exploded at step" in alarm["alarm"]
    with pytest.raises(InputError, match="exploded at step .*; start a new run with a lower"):
        train(tmp_path / "stop", wild, digits, log_options, AlarmOptions("stop"))
    saved = [int(p.name[5:]) for p in (tmp_path / "stop" / "checkpoints").glob("step-*")]
    assert all(step < alarm["step"] for step in saved)


def test_an_exploded_loss_is_never_saved_between_two_log_lines(tmp_path, config, digits):
    wild = replace(config, learning_rate=1e9, steps=8)
    rare = LogOptions(log_every=8, sample_every=0, checkpoint_every=2)
    with pytest.raises(InputError, match="has exploded at step 2"):
        train(tmp_path / "run", wild, digits, rare, AlarmOptions("stop"))
    assert not [*(tmp_path / "run").glob("checkpoints/step-*")]


@pytest.mark.parametrize(
    ("on_alarm", "precision", "has_checkpoint", "remedy"),
    [
        ("warn", "float32", True, ", or resume this one with --on_alarm=roll_back"),
        ("stop", "float32", False, ""),
        ("roll_back", "float32", True, " (after 1 rollbacks)"),
        ("roll_back", "mixed_bfloat16", False, " or --precision=float32"),
    ],
)
def test_the_remedy_of_values_that_are_not_finite_is_one_that_is_left(
    on_alarm, precision, has_checkpoint, remedy, tmp_path, config, digits, log_options
):
    options = AlarmOptions(on_alarm, max_rollbacks=1)
    config = replace(config, precision=precision)
    if has_checkpoint:
        train(tmp_path / "run", config, digits, log_options, options)
    # NaN in the images; the order of a run's data is no part of its config.
    images = digits.images.astype(np.float32) * np.nan
    broken = digits._replace(images=images)
    longer = replace(config, steps=config.steps + 2)
    with pytest.raises(InputError) as raised:
        train(tmp_path / "run", longer, broken, log_options, options)
    message = str(raised.value)
    assert message.endswith("; start a new run with a lower --learning_rate" + remedy)
    assert ("roll_back" in message) == ("--on_alarm=roll_back" in remedy)


@pytest.mark.parametrize(
    ("gan", "options"),
    [
        ("cdcgan", {}),
        ("cdcgan", {"loss": "wasserstein"}),
        ("cdcgan", {"loss": "hinge", "spectral_norm": True}),
        ("cyclegan", {}),
    ],
)
def test_a_healthy_run_is_far_from_the_bounds(gan, options):
    metrics = SmallRun(gan, **options).train(0, 20)
    losses = [abs(v) for line in metrics for k, v in line.items() if k.startswith("loss/")]
    norms = [v for line in metrics for k, v in line.items() if k.startswith("gradient_norm/")]
    assert max(losses) < MAX_LOSS / 1000
    assert min(norms) > MIN_GRADIENT_NORM * 1000
