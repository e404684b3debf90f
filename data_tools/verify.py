"""`verify`: hashes everything again and compares it with the manifest."""

import argparse
import filecmp
import tempfile
from collections.abc import Iterator
from pathlib import Path

from data_tools.checks.verify_files import file_problems
from data_tools.checks.verify_records import record_problems
from data_tools.errors import InputError
from data_tools.files.locations import find_folder
from data_tools.formats.dataset_info import CARD_FILE, Card, Tally, card_of, read_card
from data_tools.formats.image_folder import LABELS_FILE, QUARANTINE
from data_tools.formats.label_lists import write_label_lists
from data_tools.formats.manifest import MANIFEST_FILE, TRAINED_ON_FILE, ManifestLines, read_manifest
from data_tools.formats.tfds_layout import version_folder
from data_tools.workers import default_num_workers


def verify(options: argparse.Namespace) -> list[str]:
    """Prints and returns what is wrong with a data set, one line for each file.

    Args:
      options: `data_dir`, `workers`.

    Raises:
      InputError: if there is no manifest to compare with, or it is damaged itself.
    """
    folder = find_folder(options.data_dir)
    records_folder = version_folder(folder)
    folder = records_folder or folder
    if not (folder / MANIFEST_FILE).is_file() or not (folder / CARD_FILE).is_file():
        raise InputError(
            f"{folder} has no {MANIFEST_FILE} and {CARD_FILE} to verify it against; "
            "convert it first"
        )
    card = read_card(folder)
    lines = read_manifest(folder)
    num_workers = options.workers or default_num_workers()
    problems = list(_card_problems(card, lines))
    problems += _list_problems(folder, card, lines)
    if records_folder:
        problems += record_problems(folder, card, lines, num_workers)
    else:
        problems += file_problems(folder, _known_files(card), lines, num_workers)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(lines)} images in {folder} are what the manifest says")
    return problems


def _known_files(card: Card) -> set[str]:
    return {MANIFEST_FILE, CARD_FILE, TRAINED_ON_FILE, LABELS_FILE, f"{card.name}.txt", QUARANTINE}


def _card_problems(card: Card, lines: ManifestLines) -> Iterator[str]:
    tally = Tally()
    for record in lines:
        tally.add(record)
    counted = card_of(tally, name=card.name, class_names=card.classes, arguments={})
    if counted.fingerprint != card.fingerprint:
        yield f"changed: {MANIFEST_FILE} or {CARD_FILE}: the fingerprint is another"
    if counted.counts != card.counts or counted.splits != card.splits:
        yield f"changed: {CARD_FILE}: its counts are not those of {MANIFEST_FILE}"


def _list_problems(folder: Path, card: Card, lines: ManifestLines) -> Iterator[str]:
    names = [name for name in (LABELS_FILE, f"{card.name}.txt") if (folder / name).exists()]
    if not names:
        return
    with tempfile.TemporaryDirectory() as expected:
        write_label_lists(Path(expected), card.name, card.classes, lines)
        for name in names:
            if not filecmp.cmp(folder / name, Path(expected) / name, shallow=False):
                yield f"changed: {name!r}"
