"""A stage in a process of its own, with its output shown live and logged."""

import codecs
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gan_tf.pipeline.stages import Stage


def stage_command(stage: Stage) -> list[str]:
    """Return the command line that executes the stage in this Python."""
    return [sys.executable, "-m", stage.module, *stage.arguments]


def run_process(stage: Stage, log_path: Path) -> int:
    """Execute the stage to its end, passing on SIGINT, SIGTERM and SIGHUP.

    Both its output streams appear on standard output. If that is a TTY the stage gets one too, so
    that progress bars move; the log keeps the last state of each line.

    Returns:
      The exit code, or the negated number of the signal that ended the process.
    """
    reader, writer = _open_channel()
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            stage_command(stage),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            process_group=0,
        )
        os.close(writer)
        with _forward_signals(process):
            _copy_output(reader, log)
            return process.wait()


def last_log_line(log_path: Path) -> str:
    """Return the last line of a log that is not blank, or "" if there is none."""
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _open_channel() -> tuple[int, int]:
    """Open a read and a write end: a terminal of our width if stdout is a TTY, else a pipe."""
    if not sys.stdout.isatty():
        return os.pipe()
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, termios.tcgetwinsize(sys.stdout.fileno()))
    return reader, writer


def _copy_output(reader: int, log: BinaryIO) -> None:
    """Show and log the output until all writers have closed it."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    line = b""
    with open(reader, "rb", buffering=0) as source:
        while chunk := _read_chunk(source):
            _show(decoder.decode(chunk))
            *complete, line = (line + chunk).split(b"\n")
            log.writelines(_final_state(part) + b"\n" for part in complete)
            log.flush()
        log.write(_final_state(line))


def _show(text: str) -> None:
    """Write text (a notebook accepts no bytes), with "?" for what stdout cannot encode."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _read_chunk(source: BinaryIO) -> bytes:
    try:
        return source.read(1 << 16)
    except OSError:  # A terminal raises EIO when its last writer has closed it.
        return b""


def _final_state(line: bytes) -> bytes:
    """Return what a terminal shows of a line in which carriage returns overwrite the start."""
    return line.rstrip(b"\r").rpartition(b"\r")[2]


@contextmanager
def _forward_signals(process: subprocess.Popen) -> Iterator[None]:
    """Forward signals that would end this process; SIGHUP is forwarded as SIGTERM."""

    def forward(number: int, _frame: object) -> None:
        process.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    previous = {
        number: signal.signal(number, forward)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
