"""Locks that die with their process."""

import os
import subprocess
import sys

import pytest

from data_tools.files.locks import locked


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_one_holder_at_a_time(tmp_path, kind):
    path = tmp_path / "held"
    if kind == "folder":
        path.mkdir()
    descriptor = locked(path)
    with pytest.raises(BlockingIOError):
        locked(path)
    os.close(descriptor)
    os.close(locked(path))


def test_a_killed_process_holds_nothing(tmp_path):
    code = (
        "import os, signal, sys; from data_tools.files.locks import locked; locked(sys.argv[1]);"
        "print(flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "held")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(BlockingIOError):
            locked(tmp_path / "held")
        holder.kill()
        holder.wait()
        os.close(locked(tmp_path / "held"))


def test_what_a_file_holds_stays(tmp_path):
    (tmp_path / "held").write_text("1234\n")
    os.close(locked(tmp_path / "held"))
    assert (tmp_path / "held").read_text() == "1234\n"
