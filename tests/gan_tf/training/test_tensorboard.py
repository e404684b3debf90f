"""The logs of a run, read through a real TensorBoard server."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest

from gan_tf.training.monitor import Monitor


def write(run_dir, first_step, steps, shift):
    with Monitor(run_dir, first_step=first_step, steps=9, batch_size=4) as monitor:
        monitor.log_hyperparameters({"gan": "cdcgan", "batch_size": 4, "diff_augment": ("flip",)})
        monitor.log_text("flags", "    --gan=cdcgan")
        for step in steps:
            monitor.log_scalars(step, {"loss/generator": step + shift})
        monitor.log_image(steps[-1], "samples", np.zeros([2, 3, 1], np.uint8))


@pytest.fixture(scope="module")
def get(tmp_path_factory):
    """Return a reader of JSON from a server for a run that was resumed after step 2."""
    run_dir = tmp_path_factory.mktemp("run")
    write(run_dir, 0, [1, 2, 3, 4], shift=0.5)
    time.sleep(1.1)  # TensorBoard reads event files in the order of the seconds in their names.
    write(run_dir, 2, [3, 4, 5], shift=0.25)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--host=127.0.0.1", f"--port={port}"]
    process = subprocess.Popen(
        [*command, f"--logdir={run_dir}", "--load_fast=false"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def read(path):
        url = f"http://127.0.0.1:{port}/data/{path}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                if read("plugin/images/tags"):
                    break
            except (urllib.error.URLError, OSError):
                pass
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.3)
        yield read
    finally:
        process.terminate()
        process.wait()


def test_a_resumed_run_is_one_curve(get):
    points = get("plugin/scalars/scalars?run=events&tag=loss%2Fgenerator")
    # Events of the first process after step 2 are purged.
    assert [(step, value) for _, step, value in points] == [
        (1, 1.5),
        (2, 2.5),
        (3, 3.25),
        (4, 4.25),
        (5, 5.25),
    ]


def test_speed_samples_and_flags_are_logged(get):
    tags = get("plugin/scalars/tags")["events"]
    assert {"speed/steps_per_second", "speed/images_per_second", "speed/input_share"} <= set(tags)
    assert list(get("plugin/images/tags")["events"]) == ["samples"]
    assert "flags" in get("plugin/text/tags")["events"]
