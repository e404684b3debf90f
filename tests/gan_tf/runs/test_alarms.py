"""What an alarm does to a run: warn, stop, roll back."""

import json
from dataclasses import replace

import pytest
import tensorflow as tf
from training_runs import read_json_lines, train

from data_tools.errors import InputError
from gan_tf.runs.options import AlarmOptions
from gan_tf.training.checkpoint import CheckpointStore


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
    bad_step = alarms(tmp_path / "run")[0]["step"]
    saved = [int(p.name[5:]) for p in (tmp_path / "run" / "checkpoints").glob("step-*")]
    assert all(step < bad_step for step in saved)
