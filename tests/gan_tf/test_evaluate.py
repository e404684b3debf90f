"""The evaluate command, as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_tools.errors import InputError, UsageError
from gan_tf import cli
from gan_tf import evaluate as command_module
from gan_tf.evaluate import define_flags, main

ROOT = Path(__file__).parents[2]
from digit_folders import digit_images, noisy, write_folder  # noqa: E402


def command(*flags):
    return [sys.executable, "-m", "gan_tf.evaluate", *flags]


def evaluate(*flags, cwd=ROOT):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command(*flags), cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """Flags of a small study except its destination."""
    root = tmp_path_factory.mktemp("sets")
    real, labels = digit_images(0, 20)
    test, test_labels = digit_images(60, 10)
    write_folder(root / "real", real, labels)
    write_folder(root / "test", test, test_labels)
    write_folder(root / "synthetic", noisy(real), labels, origin="synthetic:run@abc")
    return [
        f"--data={root / 'real'}",
        f"--synthetic={root / 'synthetic'}",
        f"--test_data={root / 'test'}",
        "--arms=real,mixed",
        "--seeds=2",
        "--batch_size=8",
        "--curve_points=2",
    ]


def has_tensorflow(pid):
    return "tensorflow" in Path(f"/proc/{pid}/maps").read_text()


def test_sigterm_ends_a_study_and_its_workers_silently(flags, tmp_path):
    process = subprocess.Popen(
        command(*flags, "--steps=10", "--workers=2", f"--dest={tmp_path / 'study'}"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 120
    # Two workers that import TensorFlow, and the resource tracker of multiprocessing.
    while sum(map(has_tensorflow, workers := children.read_text().split())) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.terminate()
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (143, "")
    assert len(workers) == 3
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not (tmp_path / "study").exists()


def test_a_killed_study_of_two_workers_is_resumed_with_one(flags, tmp_path):
    dest = tmp_path / "study"
    flags = [*flags, "--steps=10", f"--dest={dest}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(
        command(*flags, "--workers=2"), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    replicates = tmp_path / ".study.partial" / "replicates"
    deadline = time.monotonic() + 120
    while not list(replicates.glob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    first.send_signal(signal.SIGKILL)
    first.wait()
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(workers) >= 2 and not any(Path(f"/proc/{pid}").exists() for pid in workers)
    num_done = len(list(replicates.glob("*.npz")))
    assert num_done and not dest.exists()

    second = evaluate(*flags, "--workers=1")
    assert second.returncode == 0, second.stderr
    assert second.stderr == ""
    assert f"{num_done} of 4 replicates are finished" in second.stdout
    results = json.loads((dest / "results.json").read_text())
    assert results["verdict"] in second.stdout
    assert "real + synthetic" in second.stdout
    assert not (tmp_path / ".study.partial").exists()
    assert not (dest / "images").exists()


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"--arms": "real,mxied"}, UsageError, "--arms.*'mxied' is not one of real, synthetic"),
        (
            {"--synthetic_images_per_class": "many"},
            InputError,
            "--synthetic_images_per_class=many is not an amount",
        ),
        ({"--budget": "epochs", "--steps": "5"}, UsageError, "--steps has no meaning with"),
        ({"--epochs": "5"}, UsageError, "--epochs has no meaning with --budget=steps"),
        ({"--seeds": "0"}, UsageError, "seeds"),
        ({"--data": "/nowhere"}, InputError, "/nowhere"),
        ({"--test_data": ""}, UsageError, "--test_data is missing"),
        ({"--weights": "imagenet"}, InputError, "--weights=imagenet has no meaning with"),
        (
            {"--weights": "/nowhere", "--classifier": "resnet50"},
            InputError,
            "--weights=/nowhere is not a file",
        ),
        ({"--gan_runs": "runs/a"}, UsageError, "give either --synthetic or --gan_runs"),
        ({"--augment": "blur"}, UsageError, "--augment.*'blur' is not one of shift"),
        ({"--classifier": "vgg"}, UsageError, "classifier"),
        ({"--cut": "3:2"}, InputError, "--cut=3:2"),
        (
            {"--real_images_per_class": "21"},
            InputError,
            "--real_images_per_class=21 .* label '0' has \\(20\\)",
        ),
        ({"--synthetic_classes": "ten"}, InputError, "--synthetic_classes names 'ten'"),
    ],
)
def test_bad_input_names_its_flag_and_leaves_nothing(flags, tmp_path, changes, kind, message):
    changed = [f"{name}={value}" for name, value in changes.items()]
    with pytest.raises(kind, match=message):
        main(cli.parse(define_flags(), [*flags, *changed, f"--dest={tmp_path / 'study'}"]))
    assert not list(tmp_path.iterdir())


def test_an_arm_with_synthetic_images_needs_them(flags, tmp_path):
    without = [flag for flag in flags if not flag.startswith("--synthetic")]
    with pytest.raises(InputError, match="--arms names 'mixed', which needs --synthetic"):
        main(cli.parse(define_flags(), [*without, f"--dest={tmp_path / 'study'}"]))


def test_a_dry_run_prints_the_cost_and_leaves_nothing(flags, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command_module, "_prepare_process", lambda: None)
    words = [*flags, "--steps=10", "--dry_run", "--workers=2", f"--dest={tmp_path / 'study'}"]
    main(cli.parse(define_flags(), words))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "replicates: 4 of lenet"
    assert lines[1].startswith("steps: 40 of batch size 8 in total, ")
    assert (
        lines[2].endswith(" s")
        and "2 replicates in parallel, each evaluated 2 times in" in lines[2]
    )
    with pytest.raises(UsageError, match="--dry_run generates no images"):
        runs = [flag for flag in words if not flag.startswith("--synthetic")]
        main(cli.parse(define_flags(), [*runs, "--gan_runs=runs/a,runs/b"]))
    assert not list(tmp_path.iterdir())


def test_an_existing_destination_is_refused(flags, tmp_path):
    finished = evaluate(*flags, f"--dest={tmp_path}")
    assert finished.returncode == 1
    assert finished.stderr == f"error: --dest={tmp_path} exists; choose another or remove it\n"


def test_help_is_quick_and_exits_with_0():
    start = time.monotonic()
    finished = evaluate("--help")
    assert finished.returncode == 0
    assert "--smallest_effect" in finished.stdout
    assert time.monotonic() - start < 3
