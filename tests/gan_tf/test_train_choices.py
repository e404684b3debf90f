"""``python -m gan_tf.train --gan=auto --hours=...`` as a user runs it."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from digit_folders import digit_images, write_folder
from training_runs import read_json_lines
from translating_run import command

from data_tools.errors import Caution, InputError, UsageError
from gan_tf import cli, train
from gan_tf.runs.choices import auto_gan

SMALL = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8"]
#: 10.8 s, of which compilation leaves enough for a hundred steps on a slow machine.
CHOOSING = [*SMALL, "--gan=auto", "--hours=0.003", "--log_every=5", "--checkpoint_every=20"]


def start(*arguments, cwd):
    return subprocess.Popen(
        [sys.executable, "-m", "gan_tf.train", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def killed_and_resumed(tmp_path_factory):
    """Return the folder of a run that got SIGKILL, then finished, and what both calls printed."""
    folder = tmp_path_factory.mktemp("killed")
    arguments = [*CHOOSING, "--run_dir=run"]
    process = start(*arguments, cwd=folder)
    log, deadline = folder / "run" / "metrics.jsonl", time.monotonic() + 120
    while not log.exists() or len(log.read_text().splitlines()) < 6:
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.005)
    process.kill()
    first, _ = process.communicate()
    assert process.returncode == -9
    return folder, first, start(*arguments, cwd=folder).communicate()


def test_a_killed_run_is_resumed_without_choosing_again(killed_and_resumed):
    folder, _, (resumed, stderr) = killed_and_resumed
    assert stderr == ""
    steps = json.loads((folder / "run" / "run.json").read_text())["config"]["steps"]
    # Nothing but the last line: no measurement and no choice.
    assert resumed.count("\n") == 1
    assert f" to {steps}, peak memory" in resumed and "from step 0" not in resumed


def test_the_choice_is_printed_as_flags_and_recorded(killed_and_resumed):
    folder, first, _ = killed_and_resumed
    record = json.loads((folder / "run" / "run.json").read_text())
    assert record["config"]["gan"] == "projection_gan"
    assert record["config"]["latent_dim"] == 32
    assert record["config"]["decay_start"] == 0.75
    assert record["chosen"] == {
        "gan": {"asked": "auto", "flags": ["gan", "latent_dim"]},
        "hours": {"asked": 0.003, "flags": ["steps", "decay_start"]},
    }
    steps = record["config"]["steps"]
    assert first.endswith(f"decay to zero from step {int(0.75 * steps):,} on\n")
    assert "  chosen: --gan=projection_gan --latent_dim=32\n" in first
    assert f"  chosen: --decay_start=0.75 --steps={steps}\n" in first
    lines = (folder / "run" / "flags.txt").read_text().splitlines()
    assert {"--gan=projection_gan", f"--steps={steps}"} <= set(lines)
    assert not any(line.startswith("--hours") for line in lines)


def test_the_written_flags_train_the_same_bits(killed_and_resumed):
    folder, _, _ = killed_and_resumed
    process = start("--flagfile=run/flags.txt", "--run_dir=whole", cwd=folder)
    stdout, stderr = process.communicate()
    assert (process.returncode, stderr, stdout.count("\n")) == (0, "", 1)
    texts = [(folder / name / "metrics.jsonl").read_bytes() for name in ("run", "whole")]
    assert texts[0] == texts[1]
    rates = [x["learning_rate/generator"] for x in read_json_lines(folder / "run/metrics.jsonl")]
    assert rates[0] == pytest.approx(2e-4) and max(rates) == rates[0]
    assert 0 <= rates[-1] < 0.5 * rates[0]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--gan=auto", "--hours=0.002"], ["--hours=0.002 differs", "started with --hours=0.003"]),
        (["--gan=cdcgan", "--hours=0.003"], ["--gan=cdcgan differs", "which has projection_gan"]),
        (["--gan=auto", "--steps=1"], ["--steps=1 differs"]),
    ],
)
def test_another_choice_is_refused_on_resume(killed_and_resumed, arguments, parts, monkeypatch):
    monkeypatch.chdir(killed_and_resumed[0])
    with pytest.raises(InputError) as error:
        command(*SMALL, "--run_dir=run", *arguments, module=train)
    for part in parts:
        assert part in str(error.value)


def test_a_run_without_choices_is_not_resumed_by_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = [*SMALL, "--run_dir=run", "--threads=2"]
    command(*arguments, "--gan=cdcgan", "--steps=2", module=train)
    with pytest.raises(InputError, match="--gan=auto differs .* started with --gan=cdcgan; use"):
        command(*arguments, "--gan=auto", "--steps=2", module=train)
    with pytest.raises(InputError, match="--hours=1.0 differs .* started with --steps=2; use"):
        command(*arguments, "--gan=cdcgan", "--hours=1", module=train)


def test_a_resumed_run_has_the_recorded_family_whatever_the_rules(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    images, labels = digit_images(0, 2)
    # 36 pixels: another latent dimension than the family's own, which is 32.
    write_folder(tmp_path / "digits", np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0))), labels)
    arguments = ["--data=digits", *SMALL[1:], "--gan=auto", "--run_dir=run", "--threads=2"]
    with pytest.warns(Caution, match="fewer than 100 images"):
        command(*arguments, "--steps=2", module=train)
    assert json.loads((tmp_path / "run/run.json").read_text())["config"]["latent_dim"] == 64
    rule = auto_gan.Rule("gan", "cdcgan", "any", lambda data: True)
    monkeypatch.setattr(auto_gan, "RULES", (rule,))
    capsys.readouterr()
    with pytest.warns(Caution, match="fewer than 100 images"):
        command(*arguments, "--steps=3", module=train)
    assert capsys.readouterr().out.startswith("run: trained from step 2 to 3, peak memory")


def test_given_options_are_not_chosen_and_a_dry_run_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["--gan=auto", "--hours=0.001", "--latent_dim=7", "--decay_start=1", "--dry_run"]
    command(*SMALL, *arguments, "--threads=2", "--run_dir=run", module=train)
    text = capsys.readouterr().out
    assert "  chosen: --gan=projection_gan\n" in text
    assert "  chosen: --steps=" in text and "\n--latent_dim=7\n" in text
    assert "learning rates decay" not in text
    assert list(tmp_path.iterdir()) == []


def test_two_domains_need_a_family_that_translates(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["--gan=auto", "--domains=0,1", "--residual_blocks=1", "--steps=1", "--dry_run"]
    command(*SMALL, *arguments, "--threads=2", "--run_dir=run", module=train)
    text = capsys.readouterr().out
    assert "\n--gan=cyclegan\n" in text and "\n--loss=least_squares\n" in text


@pytest.mark.parametrize("other", ["--steps=5", "--epochs=1"])
def test_a_time_excludes_other_lengths(other):
    with pytest.raises(UsageError, match="give one of --steps, --epochs and --hours"):
        command(*SMALL, "--run_dir=x", "--hours=1", other, module=train)


def test_several_workers_measure_no_time():
    values = cli.parse(train.define_flags(), [*SMALL, "--run_dir=x", "--hours=1"])
    with pytest.raises(UsageError, match="--hours needs a single worker"):
        train._require_compatible(values, 2, 2)
    train._require_compatible(values, 2, 1)
