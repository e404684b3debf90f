"""Training of a run, from its latest checkpoint to its last step."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import tensorflow as tf

from data_tools.errors import InputError
from data_tools.files.paths import safe_label
from gan_tf.inputs.batches import Batches, UnreadableBatchError
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs import directory
from gan_tf.runs.choices.choice import Choice
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import DataCard, data_table
from gan_tf.runs.data.pseudo_labels import with_pseudo_labels
from gan_tf.runs.data.validation import refuse_seen
from gan_tf.runs.loss_curves import LOSS_CURVES_FILE, write_loss_curves
from gan_tf.runs.options import AlarmOptions, LogOptions
from gan_tf.runs.sample_grid import SampleGrid, sample_grid
from gan_tf.runs.sample_metrics import SampleMetrics
from gan_tf.runs.train_state import TrainState, build_train_state
from gan_tf.runs.training_hook import MetricError, TrainingHook
from gan_tf.training.checkpoint import CheckpointStore
from gan_tf.training.guard import Alarm
from gan_tf.training.loop import run_phase
from gan_tf.training.monitor import METRICS_FILE, Monitor
from gan_tf.training.noise import derived_seed
from gan_tf.training.processes.shared_stop import SharedStop
from gan_tf.training.processes.signals import StopRequest
from gan_tf.training.processes.strategy import is_chief
from gan_tf.training.schedule import Schedule


class TrainOutcome(NamedTuple):
    """How a call of ``train_run`` ended.

    Attributes:
      first_step: number of steps done before the call.
      last_step: number of steps done after the call.
      exit_code: 0, or 128 + the number of the signal that stopped it.
    """

    first_step: int
    last_step: int
    exit_code: int


def train_run(
    run_dir: Path,
    config: TrainConfig,
    data: DataCard,
    images: TrainingImages,
    log_options: LogOptions,
    alarm_options: AlarmOptions,
    flag_lines: Sequence[str],
    choices: Mapping[str, Choice] = MappingProxyType({}),
    validation: LabeledImages | None = None,
) -> TrainOutcome:
    """Train a new run or resume the one in ``run_dir``, under the strategy in scope.

    On SIGTERM or Ctrl-C it finishes the step, saves a checkpoint and returns. Any of several
    workers may receive the signal; all stop after the same step. Only the chief writes, and all
    workers read the run directory, which must be shared.

    Args:
      run_dir: the run directory; created if missing.
      config: config of the run.
      data: description of the training images.
      images: the training images.
      log_options: when to log, sample and save.
      alarm_options: what to do when training goes wrong.
      flag_lines: lines of a flagfile that reproduces the run.
      choices: what a new run chose by itself, by the flag that asked for it.
      validation: real images for metrics of samples, with the classes of the training images, none
        of which is among them.

    Raises:
      InputError: the folder holds another run or other files or is in use, a label cannot name a
        folder of generated images, training has gone wrong, or another worker is lost.
    """
    for label in data.class_names:
        safe_label(label)
    chief = is_chief(tf.distribute.get_strategy())
    with directory.locked(run_dir) if chief else nullcontext():
        is_new = not directory.is_run(run_dir)
        if not is_new:
            directory.require_same(run_dir, config, data, validation)
        train_state = build_train_state(config, data)
        if is_new and validation:
            refuse_seen(validation, images)
        if config.pseudo_label_threshold and data.num_unlabeled:
            images = with_pseudo_labels(images, run_dir, config, is_new=is_new)
        if chief:
            if is_new:
                directory.create(run_dir, config, data, images, flag_lines, choices, validation)
            directory.record_more_steps(run_dir, config, flag_lines)
        store = CheckpointStore(
            run_dir / directory.CHECKPOINTS_FOLDER,
            train_state.checkpoint,
            log_options.keep_checkpoints,
        )
        training = _Training(
            run_dir,
            config,
            data,
            images,
            log_options,
            alarm_options,
            flag_lines,
            train_state,
            store,
            validation,
        )
        try:
            outcome = training.run() if chief else training.assist()
        except MetricError:
            if is_new:  # Then everything in it was written by this call, see directory.create.
                shutil.rmtree(run_dir)
            raise
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
            raise InputError(
                "another worker is lost; start all workers again with the same command, which "
                f"resumes the run in {run_dir} from its latest checkpoint"
            ) from None
        if chief and not outcome.exit_code and outcome.last_step > outcome.first_step:
            _export(run_dir, train_state)
            write_loss_curves(run_dir / METRICS_FILE, run_dir / LOSS_CURVES_FILE)
        return outcome


class _Training(NamedTuple):
    """One call of ``train_run``; see its arguments."""

    run_dir: Path
    config: TrainConfig
    data: DataCard
    images: TrainingImages
    log_options: LogOptions
    alarm_options: AlarmOptions
    flag_lines: Sequence[str]
    train_state: TrainState
    store: CheckpointStore
    validation: LabeledImages | None

    def run(self) -> TrainOutcome:
        """Train as the chief: log, sample and save; roll back as often as allowed."""
        start, num_rollbacks = None, 0
        with StopRequest() as request:
            stop = SharedStop(request)
            while True:
                first_step, saved_rollbacks = self._restored()
                start = first_step if start is None else start
                num_rollbacks = max(num_rollbacks, saved_rollbacks)
                try:
                    last_step = self._train_and_log(stop, first_step, num_rollbacks)
                    return TrainOutcome(start, last_step, stop.exit_code or 0)
                except Alarm as alarm:
                    if self.alarm_options.on_alarm != "roll_back" or not self.store.steps():
                        raise
                    if num_rollbacks >= self.alarm_options.max_rollbacks:
                        raise InputError(f"{alarm} (after {num_rollbacks} rollbacks)") from None
                    num_rollbacks += 1

    def assist(self) -> TrainOutcome:
        """Train as a worker that is not the chief: compute but write nothing."""
        with StopRequest() as request:
            stop = SharedStop(request)
            first_step, num_rollbacks = self._restored()
            last_step = self._train(
                first_step, num_rollbacks, after_step=lambda step, metrics: stop.should_stop(step)
            )
            return TrainOutcome(first_step, last_step, stop.exit_code or 0)

    def _restored(self) -> tuple[int, int]:
        """Restore the latest checkpoint, if any, and return its steps and rollbacks."""
        restored = self.store.restore_if_any()
        return (restored.step, restored.extra.get("rollbacks", 0)) if restored else (0, 0)

    def _train_and_log(self, stop: SharedStop, first_step: int, num_rollbacks: int) -> int:
        with Monitor(
            self.run_dir,
            first_step=first_step,
            steps=self.config.steps,
            batch_size=self.config.batch_size,
        ) as monitor:
            monitor.log_text("flags", "\n".join(f"    {line}" for line in self.flag_lines))
            monitor.log_text("data", data_table(self.data))
            monitor.log_hyperparameters(asdict(self.config))
            grid = sample_grid(self.train_state, self.data, self.images, self.config.seed)
            hook = TrainingHook(
                self.run_dir,
                self.config,
                self.train_state,
                sample_grid=grid,
                sample_metrics=self._sample_metrics(grid),
                log_options=self.log_options,
                epoch_steps=self.images.epoch_batches(self.config.batch_size),
                alarm_options=self.alarm_options,
                store=self.store,
                monitor=monitor,
                stop=stop,
                num_rollbacks=num_rollbacks,
            )
            try:
                return self._train(first_step, num_rollbacks, wrap=monitor.timed, after_step=hook)
            except UnreadableBatchError:
                hook.save_last_step()
                raise

    def _sample_metrics(self, grid: SampleGrid) -> SampleMetrics | None:
        names = self.log_options.sample_metrics
        if not names:
            return None
        num_images, seed = self.log_options.metric_images, self.config.seed
        real = (self.images, num_images, seed, self.validation)
        try:
            return SampleMetrics(names, grid, *real, self.log_options.weights)
        except InputError as error:
            raise MetricError(str(error)) from None

    def _train(
        self, first_step: int, num_rollbacks: int, wrap=lambda batches: batches, after_step=None
    ) -> int:
        batches = training_batches(
            self.config, self.images, self.train_state.phase.schedule, first_step, num_rollbacks
        )
        return run_phase(
            self.train_state.phase,
            wrap(batches),
            seed=derived_seed(self.config.seed, "noise"),
            first_step=first_step,
            after_step=after_step,
            jit_compile=self.config.jit_compile == "true",
        )


def training_batches(
    config: TrainConfig,
    images: TrainingImages,
    schedule: Schedule,
    first_step: int = 0,
    num_rollbacks: int = 0,
) -> Batches:
    """Return the batches of a run, whose order depends on the run seed and the rollbacks so far.

    Args:
      config: config of the run.
      images: the training images.
      schedule: says how many batches a step takes.
      first_step: number of steps already done.
      num_rollbacks: number of rollbacks so far; each changes the order.
    """
    order = derived_seed(config.seed, "order", *["rollback"] * num_rollbacks)
    return Batches(images, config.batch_size, order, first_step * schedule.num_batches)


def _export(run_dir: Path, train_state: TrainState) -> None:
    """Write each averaged generator as a SavedModel, for use without this package."""
    logging.getLogger("absl").setLevel(logging.ERROR)
    for name, average in train_state.averages.items():
        average.network.export(str(run_dir / name), verbose=False)
