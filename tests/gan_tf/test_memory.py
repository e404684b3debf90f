"""Memory use of a training process."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ARGUMENTS = [
    "--data=sklearn:digits", "--width=0.02", "--batch_size=8", "--steps=2000", "--log_every=10",
    "--sample_every=100", "--checkpoint_every=100", "--threads=1", "--run_dir=run",
]  # fmt: skip


def resident_bytes(process):
    pages = Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.soak
def test_memory_does_not_grow_from_500_to_2000_steps(tmp_path):
    log = tmp_path / "run" / "metrics.jsonl"
    command = [sys.executable, "-m", "gan_tf.train", *ARGUMENTS]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        sizes = {}
        while process.poll() is None:
            step = 10 * len(log.read_text().splitlines()) if log.exists() else 0
            for mark in (500, 1950):
                if step >= mark and mark not in sizes:
                    sizes[mark] = resident_bytes(process)
            time.sleep(0.02)
    assert process.returncode == 0
    # 1,450 steps with scalars, grids and checkpoints: a leak of 5 KB per step would show.
    assert sizes[1950] - sizes[500] < 6 * 2**20
