"""Compares the files of a folder with its manifest."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_tools.formats.images import bytes_sha256
from data_tools.formats.manifest import Manifest
from data_tools.progress import progress_bar
from data_tools.workers import ordered_results

_FILES_PER_PIECE = 256


@dataclass(frozen=True)
class FilesWork:
    """Hashes the files of some lines of a manifest; runs in any process."""

    folder: Path
    lines: Manifest

    def __call__(self, numbers: range) -> list[str]:
        """Returns what is wrong with them."""
        return [text for number in numbers if (text := self._problem(number))]

    def _problem(self, number: int) -> str | None:
        record = self.lines[number]
        try:
            data = (self.folder / record.path).read_bytes()
        except FileNotFoundError:
            return f"missing: {record.path!r}"
        except OSError as error:
            return f"unreadable: {record.path!r} ({error.strerror})"
        return None if bytes_sha256(data) == record.sha256 else f"changed: {record.path!r}"


def file_problems(
    folder: Path, known: set[str], lines: Manifest, num_workers: int
) -> Iterator[str]:
    """Yields one line for each missing, changed or foreign file.

    Args:
      folder: root of the data set.
      known: names in the root that are not images.
      lines: of the manifest.
      num_workers: processes that hash.
    """
    starts = range(0, len(lines), _FILES_PER_PIECE)
    ranges = [range(start, min(start + _FILES_PER_PIECE, len(lines))) for start in starts]
    with (
        progress_bar("verify", len(lines)) as bar,
        ordered_results(FilesWork(folder, lines), ranges, num_workers) as results,
    ):
        for numbers, problems in zip(ranges, results, strict=True):
            yield from problems
            bar.update(len(numbers))
    recorded = {record.path for record in lines}
    for path in _files_below(folder):
        if path.partition("/")[0] not in known and path not in recorded:
            yield f"foreign: {path!r}"


def _files_below(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(f"{parent}/{name}")]
        for name in sorted([*files, *links]):
            yield os.path.relpath(f"{parent}/{name}", folder)
