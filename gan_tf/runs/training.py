"""Trains a run from wherever it stands to its last step."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs import directory
from gan_tf.runs.feed import training_feed
from gan_tf.runs.gallery import gallery
from gan_tf.runs.loss_curves import LOSS_CURVES_FILE, write_loss_curves
from gan_tf.runs.recipe import DataCard, Model, Recipe, build_model
from gan_tf.runs.watch import Cadence, Vigilance, Watch
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.guard import Alarm
from gan_tf.training.loop import run_phase
from gan_tf.training.monitor import METRICS_FILE, Monitor
from gan_tf.training.noise import derived_seed
from gan_tf.training.shared_stop import SharedStop
from gan_tf.training.signals import StopRequest
from gan_tf.training.strategy import is_chief


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
    images: TrainingImages,
    cadence: Cadence,
    vigilance: Vigilance,
    flag_lines: Sequence[str],
) -> Outcome:
    """Trains a new run or continues the one in ``run_dir``, on the strategy in scope.

    SIGTERM and Ctrl-C finish the step, save and return; of several workers any may get them, and
    all end at the same step. Only the chief writes; all of them read the run directory, which they
    must share.

    Raises:
      InputError: the directory holds another run or is in use, training has gone wrong, or
        another worker is lost.
    """
    chief = is_chief(tf.distribute.get_strategy())
    with directory.locked(run_dir) if chief else nullcontext():
        if directory.is_run(run_dir):
            directory.require_same(run_dir, recipe, data)
        model = build_model(recipe, data)
        if chief:
            if not directory.is_run(run_dir):
                directory.begin(run_dir, recipe, data, images, flag_lines)
            directory.record_more_steps(run_dir, recipe, flag_lines)
        store = CheckpointStore(
            run_dir / directory.CHECKPOINTS_FOLDER, model.checkpoint, cadence.keep_checkpoints
        )
        training = _Training(
            run_dir, recipe, data, images, cadence, vigilance, flag_lines, model, store
        )
        try:
            outcome = training.run() if chief else training.assist()
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
            raise InputError(
                "another worker is lost; start all workers again with the same command, the run "
                f"in {run_dir} goes on from its last checkpoint"
            ) from None
        if chief and not outcome.exit_code and outcome.last_step > outcome.first_step:
            _export(run_dir, model)
            write_loss_curves(run_dir / METRICS_FILE, run_dir / LOSS_CURVES_FILE)
        return outcome


class _Training(NamedTuple):
    """One call of ``train_run``."""

    run_dir: Path
    recipe: Recipe
    data: DataCard
    images: TrainingImages
    cadence: Cadence
    vigilance: Vigilance
    flag_lines: Sequence[str]
    model: Model
    store: CheckpointStore

    def run(self) -> Outcome:
        """Trains, watches and saves; rolls back as often as allowed."""
        begun_at, num_rollbacks = None, 0
        with StopRequest() as request:
            stop = SharedStop(request)
            while True:
                first_step, saved_rollbacks = self._restored()
                begun_at = first_step if begun_at is None else begun_at
                num_rollbacks = max(num_rollbacks, saved_rollbacks)
                try:
                    last_step = self._watched(stop, first_step, num_rollbacks)
                    return Outcome(begun_at, last_step, stop.exit_code or 0)
                except Alarm as alarm:
                    if self.vigilance.on_alarm != "roll_back" or not self.store.steps():
                        raise
                    if num_rollbacks >= self.vigilance.max_rollbacks:
                        raise InputError(f"{alarm} (after {num_rollbacks} rollbacks)") from None
                    num_rollbacks += 1

    def assist(self) -> Outcome:
        """Trains as a worker that is not the chief: computes, writes nothing."""
        with StopRequest() as request:
            stop = SharedStop(request)
            first_step, num_rollbacks = self._restored()
            last_step = self._phase(
                first_step, num_rollbacks, after_step=lambda step, metrics: stop.is_at(step)
            )
            return Outcome(first_step, last_step, stop.exit_code or 0)

    def _restored(self) -> tuple[int, int]:
        """Steps done and rollbacks so far, by the latest checkpoint, which is read."""
        restored = self.store.restore_if_any()
        return (restored.step, restored.extra.get("rollbacks", 0)) if restored else (0, 0)

    def _watched(self, stop: SharedStop, first_step: int, num_rollbacks: int) -> int:
        with Monitor(
            self.run_dir,
            first_step=first_step,
            steps=self.recipe.steps,
            batch_size=self.recipe.batch_size,
        ) as monitor:
            monitor.text("flags", "\n".join(f"    {line}" for line in self.flag_lines))
            monitor.text("data", _as_table(self.data))
            monitor.choices(self.recipe._asdict())
            watch = Watch(
                self.run_dir,
                self.recipe,
                self.model,
                gallery=gallery(self.model, self.data, self.images, self.recipe.seed),
                cadence=self.cadence,
                epoch_steps=Fraction(self.images.epoch_size, self.recipe.batch_size),
                vigilance=self.vigilance,
                store=self.store,
                monitor=monitor,
                stop=stop,
                num_rollbacks=num_rollbacks,
            )
            return self._phase(
                first_step, num_rollbacks, wrap=monitor.waiting_for, after_step=watch
            )

    def _phase(
        self, first_step: int, num_rollbacks: int, wrap=lambda feed: feed, after_step=None
    ) -> int:
        with training_feed(self.recipe, self.images, num_rollbacks) as feed:
            return run_phase(
                self.model.phase,
                wrap(feed),
                seed=derived_seed(self.recipe.seed, "noise"),
                first_step=first_step,
                after_step=after_step,
                jit_compile=self.recipe.jit_compile == "true",
            )


def _export(run_dir: Path, model: Model) -> None:
    """Writes each averaged generator as a SavedModel, for use without this package."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    for name, average in model.averages.items():
        average.network.export(str(run_dir / name), verbose=False)


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


def data_card(images: TrainingImages) -> DataCard:
    """What a run keeps of its training images."""
    counts = np.bincount(images.labels, minlength=len(images.class_names))
    return DataCard(
        images.name,
        tuple(images.class_names),
        tuple(int(count) for count in counts),
        tuple(int(edge) for edge in images.image_shape),
        images.fingerprint,
    )
