"""Where a study stands until it is done: one file a finished replicate, all there or not at all."""

import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data_tools.errors import InputError
from data_tools.files.locks import acquire_lock
from data_tools.files.staging import refuse_existing, write_atomically

IDENTITY_FILE = "study.json"
REPLICATES_FOLDER = "replicates"


class ReplicateResult(NamedTuple):
    """What one trained classifier left.

    Attributes:
      probabilities: float32 [num_test_images, K].
      history: points of the learning curve: step, epoch, train_loss, train_accuracy, test_loss,
        test_accuracy.
      num_images: size of the training set.
      num_steps: optimizer steps.
      gan_test: accuracy on the synthetic images, of a classifier that saw real ones only; else
        None.
      log: what the classifier's recipe wants to be kept.
    """

    probabilities: np.ndarray
    history: list[dict[str, float]]
    num_images: int
    num_steps: int
    gan_test: float | None
    log: Mapping[str, Any]


class Store:
    """A study in the making: the folder ``.<name>.partial`` beside its destination.

    Args:
      dest: what the study's folder will be called; must not exist.

    Raises:
      InputError: ``dest`` exists, lies below a file or is being worked on.
    """

    def __init__(self, dest: Path):
        refuse_existing(dest)
        self._dest = dest
        self.folder = dest.parent / f".{dest.name}.partial"
        (self.folder / REPLICATES_FOLDER).mkdir(parents=True, exist_ok=True)
        self._lock = acquire_lock(self.folder, f"--dest={dest}")

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Says what is studied; must come before replicates are saved or asked for.

        Args:
          identity: everything that a result depends on, as JSON. A folder that an interrupted
            study of the same identity left is gone on with.

        Raises:
          InputError: the folder holds another study half done.
        """
        path = self.folder / IDENTITY_FILE
        if path.exists():
            self._refuse_other(self._stored_identity(), identity)
        else:
            text = json.dumps(identity, indent=2, sort_keys=True)
            write_atomically(path, text.encode())

    def _stored_identity(self) -> Mapping[str, Any]:
        try:
            stored = json.loads((self.folder / IDENTITY_FILE).read_text(encoding="utf-8"))
        except ValueError:
            stored = None
        return stored if isinstance(stored, dict) else {}

    def _refuse_other(self, stored: Mapping[str, Any], identity: Mapping[str, Any]) -> None:
        identity = json.loads(json.dumps(identity))
        if stored.get("format") != identity.get("format"):
            raise InputError(
                f"{self.folder} holds an unfinished study by another version of gan-tf "
                f"({stored.get('package version', 'unknown')}), which cannot be resumed; choose "
                "another --dest, or remove that folder"
            )
        for name in sorted({*stored, *identity}):
            if stored.get(name) != identity.get(name):
                raise InputError(
                    f"{self.folder} holds a half-done study with {name} = {stored.get(name)}, not "
                    f"{identity.get(name)}; go on with its flags, choose another --dest, or remove "
                    "that folder"
                )

    def finished(self) -> set[str]:
        """Names of the replicates that are done."""
        return {path.stem for path in (self.folder / REPLICATES_FOLDER).glob("*.npz")}

    def save(self, name: str, result: ReplicateResult) -> None:
        """Stores a finished replicate."""
        buffer = io.BytesIO()
        rest = {key: value for key, value in result._asdict().items() if key != "probabilities"}
        np.savez_compressed(buffer, probabilities=result.probabilities, rest=json.dumps(rest))
        write_atomically(self.folder / REPLICATES_FOLDER / f"{name}.npz", buffer.getvalue())

    def load(self, name: str) -> ReplicateResult:
        """Reads a finished replicate."""
        with np.load(self.folder / REPLICATES_FOLDER / f"{name}.npz") as stored:
            rest = json.loads(str(stored["rest"]))
            return ReplicateResult(probabilities=stored["probabilities"], **rest)

    def commit(self) -> None:
        """The folder becomes the destination."""
        refuse_existing(self._dest)
        (self.folder / IDENTITY_FILE).unlink()
        os.rename(self.folder, self._dest)

    def close(self) -> None:
        """Lets go of the folder; another process may go on with it, unless no replicate is done."""
        # A folder with replicates of another version is not removed either.
        if self.folder.exists() and not any(self.folder.rglob("*.npz")):
            shutil.rmtree(self.folder)
        os.close(self._lock)
