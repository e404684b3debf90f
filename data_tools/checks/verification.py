"""Comparison of a whole data set with its manifest."""

import filecmp
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from data_tools.checks.verify_files import file_problems
from data_tools.checks.verify_records import record_problems
from data_tools.errors import InputError
from data_tools.files.locations import find_folder
from data_tools.folders.listing import expected_names
from data_tools.formats.dataset_info import (
    DATASET_FILE,
    DatasetInfo,
    Tally,
    info_from_tally,
    read_dataset_info,
)
from data_tools.formats.label_lists import LABELS_FILE, write_label_lists
from data_tools.formats.manifest import MANIFEST_FILE, Manifest, read_manifest
from data_tools.sources.record_folder import find_record_folder


def find_problems(spec: str, num_workers: int) -> tuple[list[str], int, str]:
    """Return a data set's problems, one line per file, its number of images, and its address.

    Args:
      spec: a labeled folder with a manifest, or TFRecords, by path or URL.
      num_workers: number of processes.

    Raises:
      InputError: there is no manifest to compare with, or it is damaged.
    """
    records = find_record_folder(spec)
    folder = records.metadata if records else find_folder(spec)
    address = records.address if records else str(folder)
    if not (folder / MANIFEST_FILE).is_file() or not (folder / DATASET_FILE).is_file():
        raise InputError(
            f"{address} has no {MANIFEST_FILE} and {DATASET_FILE} to verify it against; "
            "convert it first"
        )
    with records.naming_address() if records else nullcontext():
        info = read_dataset_info(folder)
        lines = read_manifest(folder)
        problems = list(_info_problems(info, lines))
        problems += _list_problems(folder, info, lines)
        if records:
            problems += record_problems(records, info, lines, num_workers)
        else:
            problems += file_problems(folder, expected_names(info.name), lines, num_workers)
    return problems, len(lines), address


def _info_problems(info: DatasetInfo, lines: Manifest) -> Iterator[str]:
    tally = Tally()
    for record in lines:
        tally.add(record)
    counted = info_from_tally(tally, name=info.name, class_names=info.classes, arguments={})
    if counted.fingerprint != info.fingerprint:
        yield f"changed: {MANIFEST_FILE} or {DATASET_FILE}: the fingerprint differs"
    if counted.counts != info.counts or counted.splits != info.splits:
        yield f"changed: {DATASET_FILE}: its counts differ from those of {MANIFEST_FILE}"


def _list_problems(folder: Path, info: DatasetInfo, lines: Manifest) -> Iterator[str]:
    names = [name for name in (LABELS_FILE, f"{info.name}.txt") if (folder / name).exists()]
    if not names:
        return
    with tempfile.TemporaryDirectory() as expected:
        write_label_lists(Path(expected), info.name, info.classes, lines)
        for name in names:
            if not filecmp.cmp(folder / name, Path(expected) / name, shallow=False):
                yield f"changed: {name!r}"
