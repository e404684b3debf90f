"""Checkpoints, written atomically and verified when read."""

import hashlib
import json
import re
import shutil
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from data_tools.errors import Caution, InputError
from data_tools.files.staging import staged

RECORD_FILE = "checkpoint.json"
WEIGHTS_PREFIX = "weights"
_FOLDER = re.compile(r"step-(\d{8,})")


class RestoredCheckpoint(NamedTuple):
    """The description of a checkpoint that has been restored.

    Attributes:
      step: number of steps done.
      weights_hash: hash of the averaged generators' weights, 12 hexadecimal digits.
      extra: JSON values that were saved with it.
    """

    step: int
    weights_hash: str
    extra: Mapping[str, Any]


class Score(NamedTuple):
    """The value by which checkpoints are compared.

    Attributes:
      metric: name of the metric.
      mode: ``min`` if lower is better, ``max`` if higher is.
      value: value of the metric at the checkpoint's step.
    """

    metric: str
    mode: str
    value: float


class CheckpointStore:
    """The ``checkpoints/`` folder of a run.

    Each checkpoint is a folder ``step-00000400/`` with TensorFlow's files and a record of their
    hashes, written to a staging folder and renamed.

    Args:
      folder: created by the first save.
      checkpoint: everything to save; its optimizers must be built.
      keep: number of latest checkpoints to keep, in addition to the best one.
    """

    def __init__(self, folder: Path, checkpoint: tf.train.Checkpoint, keep: int = 3):
        self._folder = folder
        self._checkpoint = checkpoint
        self._keep = keep

    def steps(self) -> list[int]:
        """Return the steps that have a checkpoint, ascending."""
        if not self._folder.is_dir():
            return []
        names = (_FOLDER.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(int(name[1]) for name in names if name)

    def best_step(self) -> int | None:
        """Return the step with the best score, the earliest of equals; None without scores.

        Only scores with the metric and mode of the latest score are compared.
        """
        scores = {step: self._score(step) for step in self.steps()}
        scored = {step: score for step, score in scores.items() if score is not None}
        if not scored:
            return None
        latest = scored[max(scored)]
        values = {
            step: score.value if score.mode == "min" else -score.value
            for step, score in scored.items()
            if score[:2] == latest[:2]
        }
        return min(values, key=lambda step: (values[step], step))

    def save(
        self,
        step: int,
        weights_hash: str,
        extra: Mapping[str, Any] | None = None,
        score: Score | None = None,
    ) -> None:
        """Save unless ``step`` is already saved, then remove the oldest beyond ``keep``.

        The best checkpoint is never removed.

        Args:
          step: number of steps done.
          weights_hash: see ``weights_hash``.
          extra: JSON values to save with it.
          score: None if checkpoints are not compared.

        Raises:
          InputError: the folder cannot be written; earlier checkpoints stay intact.
        """
        folder = self._path(step)
        if folder.exists():
            return
        try:
            with staged(folder) as partial:
                self._checkpoint.write(str(partial / WEIGHTS_PREFIX))
                record = {
                    "step": step,
                    "weights_hash": weights_hash,
                    "files": {path.name: _sha256(path) for path in sorted(partial.iterdir())},
                    "extra": extra or {},
                    "score": score and score._asdict(),
                }
                text = json.dumps(record, indent=2) + "\n"
                (partial / RECORD_FILE).write_text(text, encoding="utf-8")
        except tf.errors.OpError as error:
            raise InputError(
                f"checkpoint {folder} cannot be written: {error.message}; free some space and run "
                "the same command again"
            ) from None
        for old in {*self.steps()[: -self._keep]} - {self.best_step()}:
            shutil.rmtree(self._path(old))

    def restore_if_any(self) -> RestoredCheckpoint | None:
        """Restore the latest checkpoint, see ``restore``, or return None if there is none yet."""
        return self.restore() if self.steps() else None

    def restore(self, step: int | None = None) -> RestoredCheckpoint:
        """Restore the checkpoint of ``step``, or by default the latest intact one.

        A damaged checkpoint is skipped with a warning.

        Raises:
          InputError: there is no checkpoint or no intact one, or its variables do not fit this
            version of the package.
        """
        candidates = self.steps()[::-1] if step is None else [step]
        if not candidates:
            raise InputError(f"{self._folder} has no checkpoint yet; train the run first")
        for candidate in candidates:
            record = self._intact_record(candidate)
            if record is not None:
                self._read(candidate)
                return RestoredCheckpoint(record["step"], record["weights_hash"], record["extra"])
            folder = self._path(candidate)
            if folder.exists():
                warnings.warn(f"checkpoint {folder} is damaged; skipping it", Caution, stacklevel=2)
        raise InputError(
            f"no intact checkpoint of step {candidates[0]} in {self._folder}; available: "
            f"{', '.join(map(str, self.steps())) or 'none'}"
        )

    def _read(self, step: int) -> None:
        try:
            self._checkpoint.read(str(self._path(step) / WEIGHTS_PREFIX)).assert_consumed()
        except (AssertionError, ValueError):  # Other names or shapes.
            tf.get_logger().setLevel("ERROR")  # It would warn about every variable.
            raise InputError(
                f"checkpoint {self._path(step)} does not fit the networks of this version of "
                "gan_tf; use the version that wrote it, or train a new run in another folder"
            ) from None

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:08d}"

    def _score(self, step: int) -> Score | None:
        try:
            text = (self._path(step) / RECORD_FILE).read_text(encoding="utf-8")
            return Score(**json.loads(text)["score"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _intact_record(self, step: int) -> dict[str, Any] | None:
        try:
            record = json.loads((self._path(step) / RECORD_FILE).read_text(encoding="utf-8"))
            files = record["files"].items()
            is_intact = all(_sha256(self._path(step) / name) == digest for name, digest in files)
        except (OSError, ValueError, KeyError, AttributeError):
            return None
        return record if is_intact else None


def weights_hash(variables: Iterable) -> str:
    """Hash the values of ``variables`` in order; returns 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for variable in variables:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()[:12]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
