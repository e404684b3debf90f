"""What becomes of an image that cannot be read: never a silent drop."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.paths import safe_relative_path
from data_tools.formats.image_folder import QUARANTINE

POLICIES = ("fail", "skip", "quarantine")


class BadImages:
    """Collects what cannot be read, or refuses it, as `--on_bad` says."""

    def __init__(self, policy: str, folder: Path, names_files: bool = True):
        """Begins with none.

        Args:
          policy: one of `POLICIES`.
          folder: the new data set; quarantined files go into a folder of it.
          names_files: False where file names must not leave the house.
        """
        self._policy = policy
        self._folder = folder / QUARANTINE
        self._names_files = names_files
        self.found: list[Mapping[str, str]] = []

    def add(self, path: str, reason: str, load: Callable[[], bytes] | None = None) -> None:
        """Notes one file, and keeps a copy of it in quarantine.

        Args:
          path: of the file in its source.
          reason: a sentence that names the file.
          load: gives its bytes, None if they are not to be touched.

        Raises:
          InputError: if the policy is "fail".
        """
        if self._policy == "fail":
            raise InputError(f"{reason}; mend or remove it, or pass --on_bad=skip")
        self.found.append({"path": path, "reason": reason})
        if self._policy == "quarantine" and load is not None:
            self._keep(path, load)

    def _keep(self, path: str, load: Callable[[], bytes]) -> None:
        try:
            data = load()
        except (OSError, InputError):
            return  # What cannot be read at all is on the list alone.
        file = self._folder / safe_relative_path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def write_list(self) -> None:
        """Writes paths and reasons beside the quarantined files."""
        if self._folder.is_dir():
            lines = "".join(json.dumps(one) + "\n" for one in self.found)
            (self._folder / "reasons.jsonl").write_text(lines, encoding="utf-8")

    @property
    def listed(self) -> tuple[Mapping[str, str], ...]:
        """What the info of the data set says of them."""
        if self._names_files:
            return tuple(self.found)
        return tuple({"reason": "unreadable"} for _ in self.found)
