"""``python -m gan_tf.train --gan=auto --hours=...`` as a user runs it."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from digit_folders import digit_images, write_folder
from translating_run import command

from data_tools.errors import Caution, InputError, UsageError
from gan_tf import cli, train
from gan_tf.runs.choices import auto_gan

SMALL = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8"]
CHOOSING = [*SMALL, "--gan=auto", "--hours=0.1", "--log_every=5", "--checkpoint_every=20"]


def killed_after(num_lines, run_dir, *arguments, cwd):
    """Train until the metrics have so many lines, kill the process, and return what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_tf.train", *arguments, f"--run_dir={run_dir}"],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log, deadline = cwd / run_dir / "metrics.jsonl", time.monotonic() + 120
    while len(read_lines(log)) < num_lines:
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.005)
    process.kill()
    return process.communicate()


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def killed_twice(tmp_path_factory):
    """Return the folder of a run that got SIGKILL twice, and what both calls printed."""
    folder = tmp_path_factory.mktemp("killed")
    return folder, *(killed_after(lines, "run", *CHOOSING, cwd=folder) for lines in (6, 12))


def test_a_killed_run_is_resumed_without_choosing_again(killed_twice):
    _, _, (stdout, stderr) = killed_twice
    assert stdout == ""
    assert "WARNING" not in stderr


def test_the_choice_is_printed_as_flags_and_recorded(killed_twice):
    folder, (first, _), _ = killed_twice
    record = json.loads((folder / "run" / "run.json").read_text())
    assert record["config"]["gan"] == "projection_gan"
    assert record["config"]["latent_dim"] == 32
    assert record["config"]["decay_start"] == 0.75
    assert record["config"]["diff_augment"] == ["translation", "cutout"]
    assert record["chosen"] == {
        "gan": {"asked": "auto", "flags": ["gan", "latent_dim", "diff_augment"]},
        "hours": {"asked": 0.1, "flags": ["steps", "decay_start"]},
    }
    steps = record["config"]["steps"]
    assert first.endswith(f"decay to zero from step {int(0.75 * steps):,} on\n")
    chosen = "--gan=projection_gan --latent_dim=32 --diff_augment=translation,cutout"
    assert f"  chosen: {chosen}\n" in first
    assert f"  chosen: --decay_start=0.75 --steps={steps}\n" in first
    lines = (folder / "run" / "flags.txt").read_text().splitlines()
    assert {"--gan=projection_gan", f"--steps={steps}"} <= set(lines)
    assert not any(line.startswith("--hours") for line in lines)


def test_the_written_flags_train_the_same_bits(killed_twice):
    folder, *_ = killed_twice
    stdout, _ = killed_after(12, "whole", "--flagfile=run/flags.txt", cwd=folder)
    assert stdout == ""
    lines = [read_lines(folder / name / "metrics.jsonl")[:12] for name in ("run", "whole")]
    assert lines[0] == lines[1]
    assert '"step": 60, ' in lines[0][-1]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--gan=auto", "--hours=0.2"], ["--hours=0.2 differs", "started with --hours=0.1"]),
        (["--gan=auto", "--steps=1"], ["--steps=1 differs"]),
    ],
)
def test_another_choice_is_refused_on_resume(killed_twice, arguments, parts, monkeypatch):
    monkeypatch.chdir(killed_twice[0])
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
    assert "  chosen: --gan=projection_gan --diff_augment=translation,cutout\n" in text
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
