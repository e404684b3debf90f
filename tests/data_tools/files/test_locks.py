"""Locks that end with the process that holds them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.files.locks import acquire_lock, hold_lock, try_lock


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_one_holder_at_a_time(tmp_path, kind):
    path = tmp_path / "held"
    if kind == "folder":
        path.mkdir()
    descriptor = try_lock(path)
    assert try_lock(path) is None
    os.close(descriptor)
    os.close(try_lock(path))


def test_a_killed_process_releases_its_lock(tmp_path):
    code = (
        "import signal, sys; from data_tools.files.locks import try_lock; try_lock(sys.argv[1]);"
        "print(flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "held")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert try_lock(tmp_path / "held") is None
        holder.kill()
        holder.wait()
        os.close(try_lock(tmp_path / "held"))


def test_a_locked_file_keeps_its_content(tmp_path):
    (tmp_path / "held").write_text("1234\n")
    os.close(try_lock(tmp_path / "held"))
    assert (tmp_path / "held").read_text() == "1234\n"


def test_a_lock_file_names_its_holder(tmp_path):
    path = tmp_path / "new" / "lock"
    with hold_lock(path, "--run_dir=x"):
        with pytest.raises(
            InputError, match=f"^--run_dir=x is in use by process {os.getpid()}; wait for it$"
        ):
            acquire_lock(path, "--run_dir=x")
        assert path.read_text() == f"{os.getpid()}\n"
    with hold_lock(path, "--run_dir=x"):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_locked_folder_cannot_name_its_holder(tmp_path):
    with (
        hold_lock(tmp_path, "--dest=x"),
        pytest.raises(InputError, match="^--dest=x is in use by another process; come back later$"),
    ):
        acquire_lock(tmp_path, "--dest=x", "come back later")


def test_a_lock_that_cannot_be_written_is_named():
    with pytest.raises(InputError, match="^--run_dir=/proc/x cannot be written: No such file"):
        acquire_lock(Path("/proc/x/lock"), "--run_dir=/proc/x")
