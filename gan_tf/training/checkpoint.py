"""Checkpoints that are there whole or not at all."""

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


class Restored(NamedTuple):
    """A checkpoint that has been read back.

    Attributes:
      step: number of steps done.
      weights_hash: hash of the sampled network's weights, 12 hexadecimal digits.
      extra: what the writer stored beside it.
    """

    step: int
    weights_hash: str
    extra: Mapping[str, Any]


class Score(NamedTuple):
    """What a checkpoint is compared with others by.

    Attributes:
      metric: its name.
      mode: ``min`` or ``max``, whichever is better.
      value: at the checkpoint's step.
    """

    metric: str
    mode: str
    value: float


class CheckpointStore:
    """The ``checkpoints/`` folder of a run.

    Each checkpoint is a folder ``step-00000400/`` with TensorFlow's files and a record of their
    hashes, written beside and renamed.

    Args:
      folder: made with the first save.
      checkpoint: everything that is saved; its optimizers are built.
      keep: how many of the latest checkpoints stay, beside the best.
    """

    def __init__(self, folder: Path, checkpoint: tf.train.Checkpoint, keep: int = 3):
        self._folder = folder
        self._checkpoint = checkpoint
        self._keep = keep

    def steps(self) -> list[int]:
        """Steps of which there is a checkpoint, ascending."""
        if not self._folder.is_dir():
            return []
        names = (_FOLDER.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(int(name[1]) for name in names if name)

    def best_step(self) -> int | None:
        """The step of the best score, the earliest of equals; None where nothing is scored.

        Scores are compared with those by the metric and mode of the latest score.
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
        """Saves unless ``step`` is saved already, then removes the oldest beyond ``keep``.

        The best one stays as well.

        Raises:
          InputError: the folder cannot be written; earlier checkpoints stay whole.
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

    def restore_if_any(self) -> Restored | None:
        """Like ``restore``, but None where nothing has been saved yet."""
        return self.restore() if self.steps() else None

    def restore(self, step: int | None = None) -> Restored:
        """Reads the checkpoint of ``step``, else the newest that is whole.

        A damaged checkpoint is named in a warning and passed over.

        Raises:
          InputError: there is no checkpoint, or none that is whole.
        """
        candidates = self.steps()[::-1] if step is None else [step]
        if not candidates:
            raise InputError(f"{self._folder} has no checkpoint yet; train the run first")
        for candidate in candidates:
            record = self._whole_record(candidate)
            if record is not None:
                prefix = str(self._path(candidate) / WEIGHTS_PREFIX)
                self._checkpoint.read(prefix).assert_consumed()
                return Restored(record["step"], record["weights_hash"], record["extra"])
            folder = self._path(candidate)
            if folder.exists():
                warnings.warn(f"checkpoint {folder} is damaged and not used", Caution, stacklevel=2)
        raise InputError(
            f"no whole checkpoint for step {candidates[0]} in {self._folder}; there are: "
            f"{', '.join(map(str, self.steps())) or 'none'}"
        )

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:08d}"

    def _score(self, step: int) -> Score | None:
        try:
            text = (self._path(step) / RECORD_FILE).read_text(encoding="utf-8")
            return Score(**json.loads(text)["score"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _whole_record(self, step: int) -> dict[str, Any] | None:
        try:
            record = json.loads((self._path(step) / RECORD_FILE).read_text(encoding="utf-8"))
            files = record["files"].items()
            whole = all(_sha256(self._path(step) / name) == digest for name, digest in files)
        except (OSError, ValueError, KeyError, AttributeError):
            return None
        return record if whole else None


def weights_hash(variables: Iterable) -> str:
    """Hash over the values of ``variables`` in order, 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for variable in variables:
        digest.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return digest.hexdigest()[:12]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
