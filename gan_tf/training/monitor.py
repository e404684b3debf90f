"""The logs of a run: progress bar, metrics.jsonl, timing.jsonl, alarms.jsonl and TensorBoard."""

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.plugins.hparams import api as hparams
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tqdm import tqdm

from data_tools.errors import Caution
from data_tools.files.paths import utf8_text
from data_tools.files.staging import write_atomically
from gan_tf.training.step import Batch

METRICS_FILE = "metrics.jsonl"
TIMING_FILE = "timing.jsonl"
ALARMS_FILE = "alarms.jsonl"
EVENTS_FOLDER = "events"
# The share of the time that metrics of samples may take, looked at when they have been computed
# often enough that compilation no longer counts.
MAX_METRICS_SHARE = 0.1
NUM_MEASURED_BEFORE_WARNING = 3


class Monitor:
    """The logs of a run and its progress bar.

    ``metrics.jsonl`` holds no times, so that equal runs write equal files; times are in
    ``timing.jsonl``. When a run is resumed, lines after the restored step are dropped from both.
    Alarms are in ``alarms.jsonl``.

    Args:
      run_dir: the run directory.
      first_step: number of steps already done.
      steps: number of steps of the whole run.
      batch_size: number of images per step.
    """

    def __init__(self, run_dir: Path, *, first_step: int, steps: int, batch_size: int):
        for name in (METRICS_FILE, TIMING_FILE):
            _drop_later_lines(run_dir / name, first_step)
        self._alarms = run_dir / ALARMS_FILE
        self._metrics = open(run_dir / METRICS_FILE, "a", encoding="utf-8")
        self._timing = open(run_dir / TIMING_FILE, "a", encoding="utf-8")
        _mark_start(run_dir / EVENTS_FOLDER, first_step)
        self._events = tf.summary.create_file_writer(str(run_dir / EVENTS_FOLDER))
        self._batch_size = batch_size
        self._last = (first_step, time.monotonic())
        self._waited = 0.0
        self._start, self._measured, self._num_measured = time.monotonic(), 0.0, 0
        self._bar = tqdm(
            total=steps, initial=first_step, unit="step", disable=None, dynamic_ncols=True
        )

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(self, *exception) -> None:
        self._bar.close()
        self._events.close()
        self._metrics.close()
        self._timing.close()

    def advance(self) -> None:
        """Advance the progress bar by one step."""
        self._bar.update()

    def timed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches with the time of waiting measured, which ``input_share`` reports."""
        while True:
            start = time.monotonic()
            batch = next(batches)
            self._waited += time.monotonic() - start
            yield batch

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Add the time of the block to ``metrics_share``, and warn once if it exceeds a tenth."""
        start = time.monotonic()
        yield
        now = time.monotonic()
        self._measured += now - start
        self._num_measured += 1
        share = self._measured / (now - self._start)
        if self._num_measured == NUM_MEASURED_BEFORE_WARNING and share > MAX_METRICS_SHARE:
            warnings.warn(
                f"--metrics takes {share:.0%} of the time; raise --metrics_every for less",
                Caution,
                stacklevel=1,
            )

    def log_scalars(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of step number ``step``, and the speed since the last call."""
        now = time.monotonic()
        previous_step, previous_time = self._last
        self._last = (step, now)
        elapsed = max(now - previous_time, 1e-9)
        rate = (step - previous_step) / elapsed
        speed = {
            "steps_per_second": rate,
            "images_per_second": rate * self._batch_size,
            "input_share": self._waited / elapsed,
        }
        if self._num_measured:
            speed["metrics_share"] = self._measured / (now - self._start)
        self._waited = 0.0
        _write_line(self._metrics, {"step": step, **metrics})
        _write_line(self._timing, {"step": step, **speed})
        self._metrics.flush()
        self._timing.flush()
        with self._events.as_default(step):
            for name, value in {**metrics, **{f"speed/{k}": v for k, v in speed.items()}}.items():
                tf.summary.scalar(name, value)
        losses = {k.removeprefix("loss/"): v for k, v in metrics.items() if k.startswith("loss/")}
        self._bar.set_postfix(
            {name: f"{value:.3f}" for name, value in losses.items()}
            | {"input": f"{speed['input_share']:.0%}"}
        )

    def log_alarm(self, step: int, message: str) -> None:
        """Log an alarm and print it to stderr."""
        with open(self._alarms, "a", encoding="utf-8") as file:
            _write_line(file, {"step": step, "alarm": message})
        with self._events.as_default(step):
            tf.summary.text("alarm", utf8_text(message))
        tqdm.write(f"warning: {message}", file=sys.stderr)

    def log_image(self, step: int, name: str, image: np.ndarray) -> None:
        """Log one uint8 image [height, width, channels] to TensorBoard."""
        with self._events.as_default(step):
            tf.summary.image(name, image[np.newaxis])

    def log_text(self, name: str, text: str) -> None:
        """Log a Markdown text to TensorBoard."""
        with self._events.as_default(0):
            tf.summary.text(name, utf8_text(text))

    def log_hyperparameters(self, values: Mapping[str, bool | int | float | str | tuple]) -> None:
        """Log the hyperparameters of the run to TensorBoard; tuples become words with commas."""
        as_words = {k: ",".join(v) if isinstance(v, tuple) else v for k, v in values.items()}
        with self._events.as_default(0):
            hparams.hparams(as_words)

    def flush(self) -> None:
        """Write everything to disk."""
        for file in (self._metrics, self._timing):
            file.flush()
            os.fsync(file.fileno())
        self._events.flush()


def _write_line(file, values: Mapping[str, float | str]) -> None:
    file.write(json.dumps(values) + "\n")


def _mark_start(folder: Path, first_step: int) -> None:
    """Make TensorBoard purge events after ``first_step`` from older event files.

    It purges nothing at the first start marker that it reads, so every start is marked.
    """
    writer = EventFileWriter(str(folder))
    start = SessionLog(status=SessionLog.START)
    writer.add_event(Event(wall_time=time.time(), step=first_step + 1, session_log=start))
    writer.close()


def _drop_later_lines(path: Path, step: int) -> None:
    """Remove the lines after ``step`` from a log."""
    if not path.exists():
        return
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            break  # The line of a killed process is incomplete.
        if values["step"] > step:
            break
        lines.append(line + "\n")
    write_atomically(path, "".join(lines).encode())
