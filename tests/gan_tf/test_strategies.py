"""One device, two devices and two workers train the same run."""

import contextlib
import json
import os
import socket
import subprocess
import sys

import pytest

COMMON = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8", "--log_every=1"]
TRAIN = [sys.executable, "-m", "gan_tf.train", *COMMON, "--steps=4", "--threads=1"]


def train(folder, *arguments):
    return subprocess.run(
        [*TRAIN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def losses(run_dir):
    lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    return [
        [line[f"loss/{network}"] for network in ("discriminator", "generator")] for line in lines
    ]


@pytest.fixture(scope="module")
def one_device(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    assert train(folder, "--run_dir=run", "--strategy=one_device").returncode == 0
    return losses(folder / "run")


def assert_same(actual, expected):
    # Sums over replicas round in another order; a few Adam steps keep that below 1e-5.
    assert len(actual) == 4
    for a, b in zip(actual, expected, strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_two_devices_and_then_one_equal_one_device(tmp_path, one_device):
    mirrored = ["--run_dir=run", "--strategy=mirrored", "--replicas=2"]
    first = train(tmp_path, *mirrored, "--steps=2")
    assert (first.returncode, first.stderr) == (0, "")
    assert train(tmp_path, "--run_dir=run").returncode == 0
    assert_same(losses(tmp_path / "run"), one_device)


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def test_two_workers_equal_one_device_and_the_chief_alone_writes(tmp_path, one_device):
    workers = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    started = []
    with contextlib.ExitStack() as processes:
        for index in range(2):
            task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            process = subprocess.Popen(
                [*TRAIN, "--run_dir=run"],
                cwd=tmp_path,
                env={**os.environ, "TF_CONFIG": json.dumps(task)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            processes.enter_context(process)
            processes.callback(process.kill)
            started.append(process)
        assert [process.wait(timeout=240) for process in started] == [0, 0]
    assert_same(losses(tmp_path / "run"), one_device)
    # One process wrote: its mark of the start and its events.
    assert len(list((tmp_path / "run" / "events").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--strategy=mirrored"], 1, "finds no GPU; give --replicas=2"),
        (["--strategy=multi_worker"], 1, "needs the environment variable TF_CONFIG"),
        (["--strategy=mirrored", "--replicas=3"], 2, "--batch_size=8 cannot be shared out to 3"),
    ],
)
def test_a_strategy_that_cannot_be_had_is_one_line(tmp_path, arguments, code, message):
    result = train(tmp_path, "--run_dir=run", *arguments)
    assert result.returncode == code
    assert result.stderr.startswith("error: ") and message in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
