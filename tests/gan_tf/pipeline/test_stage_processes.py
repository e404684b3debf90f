"""The processes of stages: signals, terminals, and the output of a killed stage."""

import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from small_experiment import run

from data_tools.errors import InputError
from gan_tf import cli, experiment
from gan_tf.pipeline.process import run_process
from gan_tf.pipeline.stages import parse_stages

# The parent of the tests may ignore signals (as nohup does), and children inherit that.
WITH_DEFAULT_SIGNALS = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "gan_tf.experiment", *sys.argv[1:]])
"""


def start(*arguments: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", WITH_DEFAULT_SIGNALS, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(experiment.__file__).parents[1])},
    )
    for line in process.stdout:
        if line == "waiting\n":
            break
    return process


def test_output_that_stdout_cannot_encode_is_replaced():
    Path("loud.py").write_text(
        "import pathlib, sys\n"
        "sys.stdout.buffer.write(b'3 \\xe2\\x89\\x88 \\xff\\n')\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "gan_tf.experiment", "--name=e", "--stage=a: loud {a}"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert b"\n3 ? ?\n" in result.stdout
    assert Path("runs/e/stages/a.log").read_bytes() == b"3 \xe2\x89\x88 \xff\n"


@pytest.mark.parametrize(
    "sent, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_an_interrupt_ends_the_stage_and_then_the_experiment(sent, code):
    stage = "--stage=a: parts --text=t --wait=1 --write={a}"
    process = start("--name=e", stage)
    with pytest.raises(InputError, match="--work_dir=runs/e is in use by process"):
        run("--name=e", stage)
    process.send_signal(sent)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == code
    assert "interrupted in stage 'a'; the same command resumes here" in stdout
    assert stderr == ""


def test_a_killed_stage_is_executed_again_and_its_output_is_kept():
    process = start("--name=e", "--stage=a: parts --text=t --wait=1 --write={a}")
    stage_pid = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    os.kill(stage_pid, signal.SIGKILL)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 1
    assert stderr.startswith("error: stage 'a' ended with signal 9: waiting")
    assert stderr.count("\n") == 1
    assert run("--name=e", "--stage=a: parts --text=t --write={a}") == 0
    assert Path("runs/e/a").is_file() and Path("runs/e/a.old-1").is_dir()


def test_a_resuming_stage_keeps_its_output(monkeypatch):
    monkeypatch.setattr("gan_tf.pipeline.records.RESUMING_MODULES", {"parts"})
    failing = ("--name=e", "--let=word=t", "--stage=a: parts --text={word} --write={a}/x")
    Path("runs/e").mkdir(parents=True)
    with pytest.raises(InputError):  # the folder runs/e/a does not exist yet
        run(*failing)
    Path("runs/e/a").mkdir()
    assert run(*failing) == 0
    assert not Path("runs/e/a.old-1").exists()
    # With other flags it does not resume, and the old output is moved.
    with pytest.raises(InputError):
        run(*failing, "--let=word=u")
    assert Path("runs/e/a.old-1/x").read_text() == "t"


def test_partial_work_is_kept_only_for_the_same_flags():
    failing = ("--name=e", "--let=word=t", "--stage=a: parts --text={word} --exit=1 --write={a}")
    partial = Path("runs/e/.a.partial")
    partial.mkdir(parents=True)
    for words, left in ((failing, False), (failing, True), ((*failing, "--let=word=u"), False)):
        partial.mkdir(exist_ok=True)
        with pytest.raises(InputError):
            run(*words)
        assert partial.exists() == left
    assert Path("runs/e/.a.partial.old-2").exists()


def test_a_stage_has_a_tty_if_stdout_is_one(folder, monkeypatch):
    (folder / "bar.py").write_text(
        "import os, sys\n"
        "print('bar 1', end='\\r'); print('bar 2'); print(sys.stdout.isatty())\n"
        "print(os.get_terminal_size().columns)\n"
    )
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 77))
    (stage,) = parse_stages(["a: bar {a}"], [], folder, lambda words: words)
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert run_process(stage, folder / "log") == 0
        monkeypatch.undo()
        shown = os.read(ours, 1000)
    os.close(ours)
    assert b"bar 1\rbar 2" in shown
    assert (folder / "log").read_text() == "bar 2\nTrue\n77\n"


def test_the_command_does_not_import_tensorflow():
    code = "import sys, gan_tf.experiment; assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(cli.__file__).parents[1])
