"""The learning curves of a study as TensorBoard scalars."""

from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from data_tools.formats.tfrecord import frame_record
from gan_tf.study.execution.store import ReplicateResult

FOLDER = "tensorboard"
#: TensorBoard reads every file with "tfevents" in its name; this one has no time or host in it.
FILE = "events.out.tfevents.0.study"


def write_events(folder: Path, by_replicate: Mapping[str, ReplicateResult]) -> None:
    """Write ``folder/tensorboard/<replicate>``: one scalar per name and point of the curve.

    An event is a record of a TFRecord file. TensorBoard's own writer would import TensorFlow and
    write the time of day into the file; here the step stands in for the time.
    """
    for name, result in by_replicate.items():
        events = [Event(file_version="brain.Event:2")]
        for point in result.history:
            values = [
                Summary.Value(tag=tag.replace("_", "/", 1), simple_value=value)
                for tag, value in point.items()
                if tag not in ("step", "epoch")
            ]
            step = int(point["step"])
            events.append(Event(wall_time=step, step=step, summary=Summary(value=values)))
        (folder / FOLDER / name).mkdir(parents=True, exist_ok=True)
        content = b"".join(frame_record(event.SerializeToString()) for event in events)
        (folder / FOLDER / name / FILE).write_bytes(content)
