"""One stage as a process of its own, its output shown while it runs and kept in a log."""

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


def command_of(stage: Stage) -> list[str]:
    """The words that start the stage in this Python."""
    return [sys.executable, "-m", stage.module, *stage.arguments]


def run(stage: Stage, log_path: Path) -> int:
    """Runs the stage to its end; SIGINT, SIGTERM and SIGHUP are passed on to it.

    Both its output streams appear on standard output. Where that is a terminal the stage has one
    too, so that progress bars move; the log keeps the last state of each line.

    Returns:
      The exit code, negative for the signal that ended it.
    """
    reader, writer = _channel()
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            command_of(stage),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            process_group=0,
        )
        os.close(writer)
        with _signals_to(process):
            _copy(reader, log)
            return process.wait()


def last_line(log_path: Path) -> str:
    """The last line of a log that says something, "" where there is none."""
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _channel() -> tuple[int, int]:
    """Two ends to read and to write: a terminal of our width where we have one, else a pipe."""
    if not sys.stdout.isatty():
        return os.pipe()
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, termios.tcgetwinsize(sys.stdout.fileno()))
    return reader, writer


def _copy(reader: int, log: BinaryIO) -> None:
    """Copies until the writers are gone; the log gets what is left after carriage returns."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    line = b""
    with open(reader, "rb", buffering=0) as source:
        while chunk := _chunk(source):
            _show(decoder.decode(chunk))
            *whole, line = (line + chunk).split(b"\n")
            log.writelines(_settled(part) + b"\n" for part in whole)
            log.flush()
        log.write(_settled(line))


def _show(text: str) -> None:
    """Writes text, since a notebook takes no bytes, with "?" for what a terminal cannot show."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _chunk(source: BinaryIO) -> bytes:
    try:
        return source.read(1 << 16)
    except OSError:  # how a terminal says that its last writer has gone
        return b""


def _settled(line: bytes) -> bytes:
    return line.rstrip(b"\r").rpartition(b"\r")[2]


@contextmanager
def _signals_to(process: subprocess.Popen) -> Iterator[None]:
    """Passes on what would end us; a closed terminal asks the stage to stop, as SIGTERM does."""

    def pass_on(number: int, _frame: object) -> None:
        process.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    earlier = {
        number: signal.signal(number, pass_on)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
