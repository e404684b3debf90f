"""Comparison of the files in a folder with its manifest."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_tools.errors import InputError
from data_tools.formats.images import bytes_sha256, decode, pixels_sha256
from data_tools.formats.manifest import MANIFEST_FILE, Manifest
from data_tools.formats.pixel_modes import to_uint8
from data_tools.progress import progress_bar
from data_tools.workers import ordered_results

#: What ``verify`` says about an image with the right bytes and the wrong hash of its pixels.
PIXELS_DIFFER = f"its pixels do not have the hash in {MANIFEST_FILE}"
_FILES_PER_CHUNK = 256


@dataclass(frozen=True)
class _HashTask:
    """Task that checks the files of some lines of a manifest, in any process."""

    folder: Path
    manifest: Manifest

    def __call__(self, indices: range) -> list[str]:
        return [text for index in indices if (text := self._problem(index))]

    def _problem(self, index: int) -> str | None:
        record = self.manifest[index]
        try:
            data = (self.folder / record.path).read_bytes()
        except FileNotFoundError:
            return f"missing: {record.path!r}"
        except OSError as error:
            return f"unreadable: {record.path!r} ({error.strerror})"
        if bytes_sha256(data) != record.sha256:
            return f"changed: {record.path!r}"
        if record.pixels_sha256 is None:
            return None
        try:
            pixels = to_uint8(decode(data, record.path))
        except InputError as error:
            return f"unreadable: {error}"
        if pixels_sha256(pixels) != record.pixels_sha256:
            return f"changed: {record.path!r}: {PIXELS_DIFFER}"
        return None


def file_problems(
    folder: Path, known: set[str], manifest: Manifest, num_workers: int
) -> Iterator[str]:
    """Yield a line for each missing, changed, unreadable or unexpected file.

    Args:
      folder: root of the data set.
      known: names in the root that are expected and not images.
      manifest: manifest of the data set.
      num_workers: number of processes.
    """
    starts = range(0, len(manifest), _FILES_PER_CHUNK)
    ranges = [range(start, min(start + _FILES_PER_CHUNK, len(manifest))) for start in starts]
    with (
        progress_bar("verify", len(manifest)) as bar,
        ordered_results(_HashTask(folder, manifest), ranges, num_workers) as results,
    ):
        for indices, problems in zip(ranges, results, strict=True):
            yield from problems
            bar.update(len(indices))
    recorded = {record.path for record in manifest}
    for path in _files_below(folder):
        if path.partition("/")[0] not in known and path not in recorded:
            yield f"unexpected: {path!r}"


def _files_below(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(f"{parent}/{name}")]
        for name in sorted([*files, *links]):
            yield os.path.relpath(f"{parent}/{name}", folder)
