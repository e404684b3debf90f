"""One device, two devices and two workers train the same run."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import plain_sgd
import pytest
import worker_program
from training_runs import read_json_lines
from workers import two_workers

COMMON = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8", "--log_every=1"]
TRAIN = [sys.executable, "-m", "gan_tf.train", *COMMON, "--steps=4", "--threads=1"]


def train(folder, *arguments):
    return subprocess.run(
        [*TRAIN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def losses(run_dir):
    return [
        [line[f"loss/{network}"] for network in ("discriminator", "generator")]
        for line in read_json_lines(run_dir / "metrics.jsonl")
    ]


@pytest.fixture(scope="module")
def one_device(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    assert train(folder, "--run_dir=run", "--strategy=one_device").returncode == 0
    return losses(folder / "run")


def assert_same(actual, expected):
    # Sums over replicas round differently; after a few Adam steps the difference is below 1e-5.
    assert len(actual) == 4
    for a, b in zip(actual, expected, strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_two_devices_then_one_equal_one_device(tmp_path, one_device):
    mirrored = ["--run_dir=run", "--strategy=mirrored", "--replicas=2"]
    first = train(tmp_path, *mirrored, "--steps=2")
    assert (first.returncode, first.stderr) == (0, "")
    assert train(tmp_path, "--run_dir=run").returncode == 0
    assert_same(losses(tmp_path / "run"), one_device)


def two_training(folder, *arguments):
    """Start two workers that train ``folder/run``; they are killed when the context ends."""
    return two_workers([*TRAIN, "--run_dir=run", *arguments], folder)


def wait_for(processes):
    """Wait for processes and return their exit codes and stderr."""
    errors = [process.communicate(timeout=600)[1] for process in processes]
    return [process.returncode for process in processes], errors


def wait_for_steps(run_dir, num_more, processes):
    """Wait until a run has logged ``num_more`` further steps."""
    log = run_dir / "metrics.jsonl"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    deadline = time.monotonic() + 600
    while not log.exists() or len(log.read_text().splitlines()) < before + num_more:
        for process in processes:
            assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_workers_equal_one_device_and_stop_together(tmp_path, one_device):
    with two_training(tmp_path) as processes:
        assert wait_for(processes)[0] == [0, 0]
    assert_same(losses(tmp_path / "run"), one_device)
    # Only one process wrote: a start marker and its events.
    assert len(list((tmp_path / "run" / "events").iterdir())) == 2

    long = ["--steps=100000", "--checkpoint_every=0", "--sample_every=0"]
    with two_training(tmp_path, *long) as processes:
        wait_for_steps(tmp_path / "run", 2, processes)
        processes[1].terminate()
        assert wait_for(processes)[0] == [143, 143]
    saved = max(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    # They exchange stop requests after every tenth step.
    assert int(saved.removeprefix("step-")) % 10 == 0
    assert len(losses(tmp_path / "run")) == int(saved.removeprefix("step-"))


def test_without_normalization_two_devices_equal_one_device(two_devices):
    before, after = plain_sgd.weights_before_and_after()
    assert np.max(np.abs(after - before)) > 1e-2
    with two_devices.scope():
        mirrored = plain_sgd.weights_before_and_after()
    np.testing.assert_array_equal(mirrored[0], before)
    np.testing.assert_allclose(mirrored[1], after, rtol=0, atol=1e-6)


@pytest.mark.soak
def test_without_normalization_two_workers_equal_one_device(tmp_path):
    command = [sys.executable, worker_program.__file__, "sgd", "weights.json"]
    with two_workers(command, tmp_path) as processes:
        assert wait_for(processes)[0] == [0, 0]
    weights = json.loads((tmp_path / "weights.json").read_text())
    _, expected = plain_sgd.weights_before_and_after()
    np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)


@pytest.mark.soak
def test_lost_and_stopped_workers_do_not_change_the_result(tmp_path):
    arguments = ["--steps=300", "--checkpoint_every=20", "--sample_every=0"]
    for index, number in [(1, signal.SIGTERM), (1, signal.SIGKILL), (0, signal.SIGKILL)]:
        with two_training(tmp_path, *arguments) as processes:
            wait_for_steps(tmp_path / "run", 30, processes)
            processes[index].send_signal(number)
            sent_at = time.monotonic()
            codes, errors = wait_for(processes)
        expected = [143, 143] if number == signal.SIGTERM else [1, 1]
        if number == signal.SIGKILL:
            expected[index] = -9
            assert time.monotonic() - sent_at < 60
            assert errors[1 - index].startswith("error: another worker is lost; start all workers")
            assert errors[1 - index].count("\n") == 1
        assert codes == expected
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        with two_training(folder, *arguments) as processes:
            assert wait_for(processes)[0] == [0, 0]
    runs = [tmp_path / "run", tmp_path / "other" / "run"]
    texts = [(run / "metrics.jsonl").read_text() for run in runs]
    assert texts[0] == texts[1]
    records = [
        json.loads((run / "checkpoints/step-00000300/checkpoint.json").read_text()) for run in runs
    ]
    assert records[0]["weights_hash"] == records[1]["weights_hash"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--strategy=mirrored"], 1, "finds no GPU; give --replicas=2"),
        (["--strategy=multi_worker"], 1, "needs the environment variable TF_CONFIG"),
        (["--strategy=mirrored", "--replicas=3"], 2, "--batch_size=8 cannot be divided among 3"),
    ],
)
def test_an_unavailable_strategy_is_a_one_line_error(tmp_path, arguments, code, message):
    result = train(tmp_path, "--run_dir=run", *arguments)
    assert result.returncode == code
    assert result.stderr.startswith("error: ") and message in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
