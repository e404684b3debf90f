"""The state of an unfinished study: one file per finished replicate, each written atomically."""

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
    """The result of one trained classifier.

    Attributes:
      probabilities: float32 [num_test_images, K].
      history: points of the learning curve: step, epoch, train_loss, train_accuracy, test_loss,
        test_accuracy.
      num_images: size of the training set.
      num_steps: optimizer steps.
      gan_test: accuracy on the synthetic images of a classifier trained on real ones only; None
        for other classifiers.
      log: what the classifier's recipe records.
    """

    probabilities: np.ndarray
    history: list[dict[str, float]]
    num_images: int
    num_steps: int
    gan_test: float | None
    log: Mapping[str, Any]


class Store:
    """An unfinished study: the folder ``.<name>.partial`` beside its destination.

    Attributes:
      folder: that folder.

    Args:
      dest: folder of the finished study; must not exist.

    Raises:
      InputError: ``dest`` exists, is below a file or cannot be written, or another process is
        working on it.
    """

    def __init__(self, dest: Path):
        refuse_existing(dest)
        self._dest = dest
        self.folder = dest.parent / f".{dest.name}.partial"
        try:
            (self.folder / REPLICATES_FOLDER).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--dest={dest} cannot be written: {error.strerror}") from None
        self._lock = acquire_lock(self.folder, f"--dest={dest}")

    def begin(self, identity: Mapping[str, Any]) -> None:
        """Record the identity of the study; must be called before replicates are saved or listed.

        Args:
          identity: everything that a result depends on, as JSON. A folder that an interrupted
            study of the same identity left is resumed.

        Raises:
          InputError: the folder holds an unfinished study of another identity.
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
                    f"{self.folder} holds an unfinished study with {name} = {stored.get(name)}, "
                    f"not {identity.get(name)}; resume it with its own flags, choose another "
                    "--dest, or remove that folder"
                )

    def finished(self) -> set[str]:
        """Return the names of the finished replicates."""
        return {path.stem for path in (self.folder / REPLICATES_FOLDER).glob("*.npz")}

    def save(self, name: str, result: ReplicateResult) -> None:
        """Write the result of a replicate."""
        buffer = io.BytesIO()
        rest = {key: value for key, value in result._asdict().items() if key != "probabilities"}
        np.savez_compressed(buffer, probabilities=result.probabilities, rest=json.dumps(rest))
        write_atomically(self._path(name), buffer.getvalue())

    def load(self, name: str) -> ReplicateResult:
        """Read the result of a replicate."""
        with np.load(self._path(name)) as stored:
            rest = json.loads(str(stored["rest"]))
            return ReplicateResult(probabilities=stored["probabilities"], **rest)

    def _path(self, name: str) -> Path:
        return self.folder / REPLICATES_FOLDER / f"{name}.npz"

    def commit(self) -> None:
        """Turn the folder into the destination."""
        refuse_existing(self._dest)
        (self.folder / IDENTITY_FILE).unlink()
        os.rename(self.folder, self._dest)

    def close(self) -> None:
        """Release the folder for another process to resume; remove it if nothing is finished."""
        # A folder with replicates that another version wrote is not removed either.
        if self.folder.exists() and not any(self.folder.rglob("*.npz")):
            shutil.rmtree(self.folder)
        os.close(self._lock)
