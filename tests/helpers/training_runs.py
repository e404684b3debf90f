"""Trains small runs and compares them."""

import json
from pathlib import Path

import numpy as np

from gan_tf.inputs.images import LabeledImages, load_images
from gan_tf.runs.data.card import data_card
from gan_tf.runs.options import AlarmOptions
from gan_tf.runs.train_state import build_train_state
from gan_tf.runs.training import train_run
from gan_tf.training.checkpoint import CheckpointStore

FLAGS = ["--gan=cdcgan", "--seed=3"]
WARN = AlarmOptions()


def train(run_dir, config, images, log_options, alarm_options=WARN, **others):
    """Train a run, or resume it; return the outcome."""
    card = data_card(images)
    return train_run(run_dir, config, card, images, log_options, alarm_options, FLAGS, **others)


def every_30th_digit(first: int) -> LabeledImages:
    """Return scikit-learn's digits ``first``, ``first + 30``, ...: 60 or 59 of all classes."""
    images = load_images("sklearn:digits")
    chosen = slice(first, None, 30)
    return images._replace(
        images=images.images[chosen],
        labels=images.labels[chosen],
        examples=images.examples[chosen],
    )


def read_json_lines(path: Path) -> list[dict]:
    """Return the value of every line of a log of a run."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def assert_equal_runs(first, second, config, images):
    """Compare all variables of the latest checkpoints, the metrics and the sample grids."""
    pairs = (_variables(folder, config, images) for folder in (first, second))
    for a, b in zip(*pairs, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first / "metrics.jsonl").read_text() == (second / "metrics.jsonl").read_text()
    for sample in (first / "samples").iterdir():
        assert sample.read_bytes() == (second / "samples" / sample.name).read_bytes()


def _variables(run_dir, config, images):
    """Return every variable of the latest checkpoint, slots and averages included."""
    train_state = build_train_state(config, data_card(images))
    CheckpointStore(run_dir / "checkpoints", train_state.checkpoint).restore()
    averages = [average.network for average in train_state.averages.values()]
    networks = [*train_state.family.networks.values(), *averages]
    owners = [*networks, *train_state.phase.optimizers.values()]
    return [np.asarray(v) for owner in owners for v in owner.variables]
