"""The work after a training step: log, sample grid, alarms, checkpoint, stop."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.image_grid import image_grid
from data_tools.formats.images import encode_png
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.options import SAMPLE_METRICS, AlarmOptions, LogOptions
from gan_tf.runs.sample_grid import SampleGrid
from gan_tf.runs.sample_metrics import SampleMetrics
from gan_tf.runs.train_state import TrainState
from gan_tf.training.checkpoint import CheckpointStore, Score, weights_hash
from gan_tf.training.guard import Alarm, Guard, diversity, require_finite
from gan_tf.training.loop import ReadMetrics
from gan_tf.training.monitor import Monitor
from gan_tf.training.objective import Phase
from gan_tf.training.processes.shared_stop import SharedStop
from gan_tf.training.processes.strategy import num_workers


class MetricError(InputError):
    """A metric that the run cannot compute or does not log; raised before anything is saved."""


class TrainingHook:
    """A callback after each step; a true result ends training.

    Args:
      run_dir: the run directory.
      config: config of the run.
      train_state: the networks in training.
      sample_grid: maker of sample grids.
      sample_metrics: metrics of samples, or None.
      log_options: when to log, sample and save.
      epoch_steps: number of steps per epoch.
      alarm_options: what to do on an alarm.
      store: store of checkpoints.
      monitor: log of metrics and grids.
      stop: whether a signal has requested a stop.
      num_rollbacks: number of rollbacks so far; saved with each checkpoint.
    """

    def __init__(
        self,
        run_dir: Path,
        config: TrainConfig,
        train_state: TrainState,
        *,
        sample_grid: SampleGrid,
        sample_metrics: SampleMetrics | None,
        log_options: LogOptions,
        epoch_steps: Fraction,
        alarm_options: AlarmOptions,
        store: CheckpointStore,
        monitor: Monitor,
        stop: SharedStop,
        num_rollbacks: int,
    ):
        self._samples = run_dir / "samples"
        self._config = config
        self._train_state = train_state
        self._log_options = log_options
        self._sample_every = log_options.sample_every
        if log_options.sample_every == "epoch":
            self._sample_every = epoch_steps
        self._on_alarm = alarm_options.on_alarm
        self._store = store
        self._monitor = monitor
        self._stop = stop
        self._num_rollbacks = num_rollbacks
        self._unsaved_step: int | None = None
        self._unchecked_metric = log_options.best_metric
        self._sample_grid = sample_grid
        self._sample_metrics = sample_metrics
        self._guard = Guard(alarm_options.alarm_patience, diversity(sample_grid.real_rows))

    def __call__(self, step: int, read_metrics: ReadMetrics) -> bool:
        """Log, sample, check and save whatever is due after step number ``step``.

        Raises:
          Alarm: training has gone wrong, unless ``on_alarm`` is ``warn`` and it can continue.
          MetricError: ``best_metric`` is not logged in this run.
        """
        self._monitor.advance()
        self._unsaved_step = step
        stopping = self._stop.should_stop(step)
        last = step == self._config.steps

        def due(every: int | Fraction) -> bool:
            return last or (every > 0 and step // every > (step - 1) // every)

        logging, saving = due(self._log_options.log_every), due(self._log_options.checkpoint_every)
        measuring = False
        if self._sample_metrics:
            metrics_every = self._log_options.metrics_every
            measuring = due(metrics_every) if metrics_every else saving
            saving |= measuring
        if self._unchecked_metric:
            self._require_metric(
                [*read_metrics(), *_network_metrics(self._train_state.phase)]
                + [*(self._sample_metrics.names if self._sample_metrics else ())]
            )
        if logging or saving or stopping:
            metrics = read_metrics() | _network_metrics(self._train_state.phase)
            self._guarded(
                step, lambda: require_finite(metrics, step, self._remedy()), can_continue=False
            )
            self._guarded(step, lambda: self._guard.check_bounds(step, metrics))
        if measuring:
            with self._monitor.measuring():
                metrics |= self._sample_metrics()
        if logging or measuring:
            self._monitor.log_scalars(step, metrics)
            self._guarded(step, lambda: self._guard.check_metrics(step, metrics))
        if due(self._sample_every):
            sample_diversity = diversity(self._log_samples(step))
            self._guarded(step, lambda: self._guard.check_samples(step, sample_diversity))
        if saving or stopping:
            # Where a run happens to be stopped must not decide which checkpoint is the best.
            self._save(step, self._score(metrics) if saving else None)
        return stopping

    def save_last_step(self) -> None:
        """Save the last step before an error ends training, unless it is saved or not finite."""
        metrics = _network_metrics(self._train_state.phase)
        if self._unsaved_step is not None and all(map(math.isfinite, metrics.values())):
            self._save(self._unsaved_step, score=None)

    def _score(self, metrics: Mapping[str, float]) -> Score | None:
        metric = self._log_options.best_metric
        mode = self._log_options.resolved_best_mode
        return Score(metric, mode, metrics[metric]) if metric in metrics else None

    def _guarded(self, step: int, check: Callable[[], None], can_continue: bool = True) -> None:
        """Run a check; log its alarm and raise it again unless training continues."""
        try:
            check()
        except Alarm as alarm:
            self._monitor.log_alarm(step, str(alarm))
            if not (can_continue and self._on_alarm == "warn"):
                raise

    def _remedy(self) -> str:
        """Return what helps against values that are not finite, beyond what the run does itself."""
        remedy = "start a new run with a lower --learning_rate"
        if self._config.precision != "float32":
            remedy += " or --precision=float32"
        can_roll_back = num_workers() == 1 and self._store.steps()
        if self._on_alarm != "roll_back" and can_roll_back:
            remedy += ", or resume this one with --on_alarm=roll_back"
        return remedy

    def _require_metric(self, metrics: Sequence[str]) -> None:
        metric, self._unchecked_metric = self._unchecked_metric, None
        if metric not in metrics:
            raise MetricError(
                f"--best_metric={metric} is not logged in this run; choose one of "
                f"{', '.join(sorted({*metrics, *SAMPLE_METRICS}))}"
            )

    def _save(self, step: int, score: Score | None) -> None:
        self._monitor.flush()
        networks = (average.network for average in self._train_state.averages.values())
        variables = (v for network in networks for v in network.trainable_variables)
        self._store.save(step, weights_hash(variables), {"rollbacks": self._num_rollbacks}, score)
        self._unsaved_step = None

    def _log_samples(self, step: int) -> np.ndarray:
        rows = self._sample_grid.rows()
        grid = image_grid(self._sample_grid.displayed(rows))
        self._samples.mkdir(exist_ok=True)
        (self._samples / f"step-{step:08d}.png").write_bytes(encode_png(grid))
        self._monitor.log_image(step, "samples", grid)
        return rows


def _network_metrics(phase: Phase) -> dict[str, float]:
    """Return the norm of the trainable weights and the learning rate of every trained network."""
    metrics = {}
    for name, optimizer in phase.optimizers.items():
        weights = [v.numpy() for v in phase.objective.networks[name].trainable_variables]
        squares = (np.square(values, dtype=np.float64).sum() for values in weights)
        metrics[f"weight_norm/{name}"] = math.sqrt(sum(squares))
        metrics[f"learning_rate/{name}"] = float(optimizer.learning_rate.numpy())
    return metrics
