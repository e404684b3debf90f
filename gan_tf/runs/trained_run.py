"""A trained run, restored from one of its checkpoints."""

from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from gan_tf.runs import directory
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import DataCard
from gan_tf.runs.options import BEST
from gan_tf.runs.train_state import TrainState, build_train_state
from gan_tf.training.checkpoint import CheckpointStore, RestoredCheckpoint


class TrainedRun(NamedTuple):
    """A run with the weights of a checkpoint.

    Attributes:
      config: config of the run.
      data: description of its training images.
      train_state: networks with the weights of the checkpoint.
      checkpoint: description of the checkpoint.
      name: name of the run.
    """

    config: TrainConfig
    data: DataCard
    train_state: TrainState
    checkpoint: RestoredCheckpoint
    name: str

    @property
    def origin(self) -> str:
        """Origin of the run's images in manifests."""
        return f"synthetic:{self.name}@{self.checkpoint.weights_hash}"

    @property
    def arguments(self) -> dict[str, str | int]:
        """The run and its checkpoint as arguments in dataset.json."""
        return {
            "run": self.name,
            "step": self.checkpoint.step,
            "checkpoint": self.checkpoint.weights_hash,
        }


def trained_run(run_dir: Path, step: int | str | None, *, translates: bool) -> TrainedRun:
    """Restore a run from a checkpoint.

    Args:
      run_dir: the run directory.
      step: checkpoint; None for the latest, ``best`` for the best by the run's ``best_metric``.
      translates: True if it must translate images, False if it must generate them from noise.

    Raises:
      InputError: there is no such run or checkpoint, or the run is of the other kind.
    """
    config, data = directory.read_run(run_dir)
    directory.require_kind(run_dir, config, translates=translates)
    train_state = build_train_state(config, data)
    store = CheckpointStore(run_dir / directory.CHECKPOINTS_FOLDER, train_state.checkpoint)
    if step == BEST:
        step = store.best_step()
        if step is None:
            raise InputError(
                f"--step=best: no checkpoint of {run_dir} has a score; train with --best_metric"
            )
    return TrainedRun(config, data, train_state, store.restore(step), run_dir.resolve().name)
