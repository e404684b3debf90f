"""A full disk ends a run with a one-line error and leaves earlier checkpoints intact."""

import json
import subprocess
import sys

import pytest

from gan_tf.training.checkpoint import _sha256

ARGUMENTS = ["--data=sklearn:digits", "--width=0.02", "--batch_size=8", "--checkpoint_every=1"]


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_a_one_line_error(small_disk):
    result = subprocess.run(
        [
            sys.executable, "-m", "gan_tf.train", *ARGUMENTS, "--steps=60", "--sample_every=0",
            "--keep_checkpoints=99", f"--run_dir={small_disk / 'run'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert "No space left" in result.stderr or "cannot be written" in result.stderr
    checkpoints = sorted((small_disk / "run" / "checkpoints").glob("step-*"))
    assert checkpoints
    for folder in checkpoints:
        record = json.loads((folder / "checkpoint.json").read_text())
        assert {name: _sha256(folder / name) for name in record["files"]} == record["files"]
