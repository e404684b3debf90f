"""The learning curves of a study as TensorBoard scalars."""

from collections.abc import Mapping
from pathlib import Path

from tensorboard.summary import Writer

from gan_tf.study.store import RunResult

FOLDER = "tensorboard"


def write_events(folder: Path, outcomes: Mapping[str, RunResult]) -> None:
    """Writes ``folder/tensorboard/<run>``, a scalar of each name for every point of the curve.

    Event files hold times and the name of the machine, so they are not compared.
    """
    for run, outcome in outcomes.items():
        writer = Writer(str(folder / FOLDER / run))
        for point in outcome.history:
            for name, value in point.items():
                if name not in ("step", "epoch"):
                    writer.add_scalar(name.replace("_", "/", 1), value, int(point["step"]))
        writer.close()
