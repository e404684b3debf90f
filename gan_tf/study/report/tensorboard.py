"""The learning curves of a study as TensorBoard scalars."""

from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from data_tools.formats.tfrecord import frame_record
from gan_tf.study.execution.store import ReplicateResult

FOLDER = "tensorboard"
#: TensorBoard takes every file with "tfevents" in its name; ours has no time or machine in it.
FILE = "events.out.tfevents.0.study"


def write_events(folder: Path, outcomes: Mapping[str, ReplicateResult]) -> None:
    """Writes ``folder/tensorboard/<run>``, a scalar of each name for every point of the curve.

    An event is a record of a TFRecord file. TensorBoard's own writer would import TensorFlow and
    put the time of day into the file; here the step stands for the time.
    """
    for run, outcome in outcomes.items():
        events = [Event(file_version="brain.Event:2")]
        for point in outcome.history:
            values = [
                Summary.Value(tag=name.replace("_", "/", 1), simple_value=value)
                for name, value in point.items()
                if name not in ("step", "epoch")
            ]
            step = int(point["step"])
            events.append(Event(wall_time=step, step=step, summary=Summary(value=values)))
        (folder / FOLDER / run).mkdir(parents=True, exist_ok=True)
        content = b"".join(frame_record(event.SerializeToString()) for event in events)
        (folder / FOLDER / run / FILE).write_bytes(content)
