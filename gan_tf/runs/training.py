"""Trains a run from wherever it stands to its last step."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from data_tools.images import encode_png
from gan_tf.inputs.batches import Batches
from gan_tf.inputs.images import LabelledImages
from gan_tf.runs import directory
from gan_tf.runs.recipe import DataCard, Model, Recipe, build_model
from gan_tf.runs.sampling import ImageSampler, settle_batch_statistics
from gan_tf.training.checkpoint import CheckpointStore, weights_hash
from gan_tf.training.guard import require_finite
from gan_tf.training.loop import run_phase
from gan_tf.training.monitor import Monitor
from gan_tf.training.noise import derived_seed
from gan_tf.training.signals import StopRequest
from gan_tf.training.strategy import is_chief

GRID_COLUMNS = 10


class Cadence(NamedTuple):
    """How often a run is looked at and saved, in steps; 0 is only at its end.

    Attributes:
      log_every: scalars.
      sample_every: sample grids.
      checkpoint_every: checkpoints.
      keep_checkpoints: how many of the latest stay.
    """

    log_every: int
    sample_every: int
    checkpoint_every: int
    keep_checkpoints: int


class Outcome(NamedTuple):
    """How a call of ``train_run`` ended.

    Attributes:
      first_step: number of steps that earlier calls had done.
      last_step: number of steps done now.
      exit_code: 0, or 128 + the number of the signal that stopped it.
    """

    first_step: int
    last_step: int
    exit_code: int


def train_run(
    run_dir: Path,
    recipe: Recipe,
    data: DataCard,
    images: LabelledImages,
    cadence: Cadence,
    flag_lines: Sequence[str],
) -> Outcome:
    """Trains a new run or continues the one in ``run_dir``, on the strategy in scope.

    SIGTERM and Ctrl-C finish the step, save and return. Of several workers only the chief writes;
    all of them read the run directory, which they must share.

    Raises:
      InputError: the directory holds another run or is in use, the loss is no longer finite, or
        another worker is lost.
    """
    order = derived_seed(recipe.seed, "order")
    feed = Batches(images.images, images.labels, recipe.batch_size, order)
    chief = is_chief(tf.distribute.get_strategy())
    with directory.locked(run_dir) if chief else nullcontext():
        if directory.is_run(run_dir):
            directory.require_same(run_dir, recipe, data)
        model = build_model(recipe, data)
        if chief and not directory.is_run(run_dir):
            directory.begin(run_dir, recipe, data, images, flag_lines)
        store = CheckpointStore(
            run_dir / directory.CHECKPOINTS_FOLDER, model.checkpoint, cadence.keep_checkpoints
        )
        restored = store.restore_if_any()
        first_step = restored.step if restored else 0
        try:
            if not chief:
                return Outcome(first_step, _run(model, recipe, feed, first_step), 0)
            directory.record_more_steps(run_dir, recipe, flag_lines)
            with (
                StopRequest() as stop,
                Monitor(
                    run_dir, first_step=first_step, steps=recipe.steps, batch_size=recipe.batch_size
                ) as monitor,
            ):
                monitor.text("flags", "\n".join(f"    {line}" for line in flag_lines))
                monitor.text("data", _as_table(data))
                watch = _Watch(run_dir, recipe, data, model, cadence, store, monitor, stop)
                last_step = _run(model, recipe, feed, first_step, watch)
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
            raise InputError(
                "another worker is lost; start all workers again with the same command, the run "
                f"in {run_dir} goes on from its last checkpoint"
            ) from None
        if not stop.exit_code and last_step > first_step:
            _export(run_dir, model)
        return Outcome(first_step, last_step, stop.exit_code or 0)


def _run(model: Model, recipe: Recipe, feed: Batches, first_step: int, after_step=None) -> int:
    return run_phase(
        model.phase,
        feed,
        seed=derived_seed(recipe.seed, "noise"),
        first_step=first_step,
        after_step=after_step,
    )


class _Watch:
    """What happens after a step: scalars, grids, checkpoints, a stop."""

    def __init__(self, run_dir, recipe, data, model, cadence, store, monitor, stop):
        self._samples = run_dir / directory.SAMPLES_FOLDER
        self._recipe = recipe
        self._data = data
        self._model = model
        self._cadence = cadence
        self._store = store
        self._monitor = monitor
        self._stop = stop
        self._sampler = ImageSampler(model.family, model.average.network, recipe.seed)

    def __call__(self, step: int, read_metrics) -> bool:
        self._monitor.advance()
        stopping = self._stop.exit_code is not None
        last = step == self._recipe.steps

        def due(every: int) -> bool:
            return last or (every > 0 and step % every == 0)

        if due(self._cadence.log_every):
            metrics = read_metrics()
            require_finite(metrics, step)
            self._monitor.scalars(step, metrics)
        if due(self._cadence.sample_every):
            self._show_samples(step)
        if stopping or due(self._cadence.checkpoint_every):
            require_finite(read_metrics(), step)
            self._monitor.flush()
            self._store.save(step, weights_hash(self._model.average.network.trainable_variables))
        return stopping

    def _show_samples(self, step: int) -> None:
        family, generator = self._model.family, self._model.average.network
        settle_batch_statistics(family, generator, self._data, self._recipe.seed)
        grid = self._sampler.grid(len(self._data.class_names), GRID_COLUMNS)
        self._samples.mkdir(exist_ok=True)
        (self._samples / f"step-{step:08d}.png").write_bytes(encode_png(grid))
        self._monitor.image(step, "samples", grid)


def _export(run_dir: Path, model: Model) -> None:
    """Writes the averaged generator as a SavedModel, for use without this package."""
    folder = run_dir / directory.GENERATOR_FOLDER
    logging.getLogger("absl").setLevel(logging.ERROR)
    model.average.network.export(str(folder), verbose=False)


def _as_table(data: DataCard) -> str:
    rows = zip(data.class_names, data.class_counts, strict=True)
    height, width, channels = data.image_shape
    return "\n".join(
        [
            f"{data.name}: {sum(data.class_counts)} images, {width}x{height}x{channels}, "
            f"fingerprint {data.fingerprint[:12]}",
            "",
            "| class | images |",
            "|---|---|",
            *(f"| {name} | {count} |" for name, count in rows),
        ]
    )


def data_card(images: LabelledImages) -> DataCard:
    """What a run keeps of its training images."""
    counts = np.bincount(images.labels, minlength=len(images.class_names))
    return DataCard(
        images.name,
        tuple(images.class_names),
        tuple(int(count) for count in counts),
        tuple(int(edge) for edge in images.images.shape[1:]),
        images.fingerprint,
    )
