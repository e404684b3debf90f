"""The side of this package in train_step.py."""

from collections.abc import Callable

import numpy as np

from data_tools import command_line
from data_tools.options import options_from
from gan_tf import cli

cli.import_tensorflow()

from gan_tf.gans import GANS  # noqa: E402
from gan_tf.runs.config import TrainConfig  # noqa: E402
from gan_tf.runs.data.card import DataCard  # noqa: E402
from gan_tf.runs.train_state import build_train_state  # noqa: E402
from gan_tf.train import define_flags  # noqa: E402
from gan_tf.training.processes.devices import prepare_devices  # noqa: E402
from gan_tf.training.step import Step  # noqa: E402


def make_runner(gan: str, variant: str, num_threads: int) -> Callable[[int], None]:
    """Return a function that runs a number of steps on a batch of noise images."""
    prepare_devices(num_threads)
    flags = cli.parse(define_flags(), [f"--gan={gan}", f"--precision={variant}"])
    command_line.set_defaults(flags, GANS[gan].defaults)
    shape = (64, 64, 3) if gan == "dcgan" else (28, 28, 1)
    data = DataCard("noise", tuple("0123456789"), (64,) * 10, shape, "")
    train_state = build_train_state(options_from(flags, TrainConfig, steps=1000), data)
    step = Step(train_state.phase, seed=0)
    random = np.random.default_rng(0)
    batch = {
        "image": random.integers(0, 256, (64, *shape), np.uint8),
        "label": random.integers(0, 10, 64, np.int32),
    }

    def run_steps(count: int) -> None:
        for _ in range(count):
            metrics = step(0, [batch])
        float(metrics["loss/generator"])

    return run_steps
