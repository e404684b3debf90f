"""Handling of unreadable images: none is dropped silently."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import Plan
from data_tools.errors import InputError
from data_tools.files.paths import safe_relative_path
from data_tools.folders.listing import QUARANTINE


class BadImages:
    """Unreadable files, collected or refused according to ``--on_bad``."""

    def __init__(self, folder: Path, options: ConversionOptions):
        """Start with the unexpected files of the sources.

        Args:
          folder: the new data set; quarantined files go to a subfolder of it.
          options: options of the conversion.

        Raises:
          InputError: if there are unexpected files and the policy is "fail".
        """
        self._policy = options.on_bad
        self._folder = folder / QUARANTINE
        self._names_files = not options.strip_metadata
        self._entries: list[Mapping[str, str]] = []
        for file in options.unexpected_files:
            self._add(file.path, f"{file.path!r} {file.reason}")

    def add(self, plan: Plan, bad: Sequence[tuple[int, str]]) -> None:
        """Record images of a plan, and keep a copy of each in quarantine.

        Args:
          plan: plan of the conversion.
          bad: (position in the plan's order, message that names the file) of each.

        Raises:
          InputError: if the policy is "fail".
        """
        for position, reason in bad:
            example, _ = plan.target(position)
            self._add(example.source_path, reason, example.load)

    def _add(self, path: str, reason: str, load: Callable[[], bytes] | None = None) -> None:
        if self._policy == "fail":
            raise InputError(f"{reason}; fix or remove it, or pass --on_bad=skip")
        self._entries.append({"path": path, "reason": reason})
        if self._policy == "quarantine" and load is not None:
            self._keep(path, load)

    def _keep(self, path: str, load: Callable[[], bytes]) -> None:
        try:
            data = load()
        except (OSError, InputError):
            return  # Listed only: there are no bytes to keep.
        file = self._folder / safe_relative_path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def write_list(self) -> None:
        """Write paths and reasons next to the quarantined files."""
        if self._folder.is_dir():
            lines = "".join(json.dumps(entry) + "\n" for entry in self._entries)
            (self._folder / "reasons.jsonl").write_text(lines, encoding="utf-8")

    @property
    def listed(self) -> tuple[Mapping[str, str], ...]:
        """Paths and reasons for ``dataset.json``, anonymous if metadata is stripped."""
        if self._names_files:
            return tuple(self._entries)
        return tuple({"reason": "unreadable"} for _ in self._entries)
