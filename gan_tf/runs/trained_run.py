"""A trained run, read back from one of its checkpoints."""

from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from gan_tf.runs import directory
from gan_tf.runs.config import DataCard, TrainConfig
from gan_tf.runs.train_state import TrainState, build_train_state
from gan_tf.training.checkpoint import CheckpointStore, RestoredCheckpoint


class TrainedRun(NamedTuple):
    """A run with the weights of a checkpoint.

    Attributes:
      config, data: as it was trained.
      train_state: with those weights.
      checkpoint: which it is.
      name: of the run.
    """

    config: TrainConfig
    data: DataCard
    train_state: TrainState
    checkpoint: RestoredCheckpoint
    name: str

    @property
    def origin(self) -> str:
        """Of images that it makes, as manifests have it."""
        return f"synthetic:{self.name}@{self.checkpoint.weights_hash}"

    @property
    def arguments(self) -> dict[str, str | int]:
        """Run and checkpoint, as cards of data sets have them."""
        return {
            "run": self.name,
            "step": self.checkpoint.step,
            "checkpoint": self.checkpoint.weights_hash,
        }


def trained_run(run_dir: Path, step: int | str | None, *, translates: bool) -> TrainedRun:
    """Reads a run back.

    Args:
      run_dir: of the run.
      step: checkpoint; None takes the latest, ``best`` the best by the training's choice.
      translates: whether it is to translate images, or to make them from noise.

    Raises:
      InputError: no such run or checkpoint, or the run is not of that kind.
    """
    config, data = directory.read_run(run_dir)
    directory.require_kind(run_dir, config, translates=translates)
    train_state = build_train_state(config, data)
    store = CheckpointStore(run_dir / directory.CHECKPOINTS_FOLDER, train_state.checkpoint)
    if step == "best":
        step = store.best_step()
        if step is None:
            raise InputError(
                f"--step=best: no checkpoint of {run_dir} has a score; train with --best_metric"
            )
    return TrainedRun(config, data, train_state, store.restore(step), run_dir.resolve().name)
