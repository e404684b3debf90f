"""`convert`: opens the sources, lets the operation plan, writes the plan."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from data_tools.conversion.folder_writer import write_folder
from data_tools.conversion.options import Settings
from data_tools.conversion.plan import Plan
from data_tools.errors import InputError
from data_tools.files.staging import refuse_existing, staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.operations import OPERATIONS
from data_tools.sources import Source, is_flat_folder, open_source
from data_tools.workers import default_num_workers


def convert(options: argparse.Namespace) -> DatasetInfo:
    """Carries out one operation and says what it has written.

    Args:
      options: the resolved flags.

    Raises:
      InputError: whatever is wrong with sources, flags or destination; nothing is written then.
    """
    dest = Path(options.dest)
    refuse_existing(dest)
    sources = [
        open_source(spec, unlabeled=_is_unlabeled(spec, options), allow_unexpected=True)
        for spec in options.data_dir
    ]
    _refuse_inside_source(dest, sources)
    settings = Settings(
        operation=options.op,
        name=dest.resolve().name,
        on_bad=options.on_bad,
        num_workers=options.workers or default_num_workers(),
        strips_metadata=options.strip_metadata,
        unexpected_files=tuple(
            unexpected for source in sources for unexpected in source.unexpected_files
        ),
    )
    operation = importlib.import_module(OPERATIONS[options.op].module)
    plan: Plan = operation.plan(sources, options)
    write = plan.writer or write_folder
    with staged(dest) as folder:
        info = write(plan, folder, settings)
    _tell(info, dest, plan.notes)
    return info


def _is_unlabeled(spec: str, options: argparse.Namespace) -> bool:
    """Whether a source is one folder of images; what is sorted by a table may be just that."""
    return options.unlabeled or (options.op == "sort_by_csv" and is_flat_folder(spec))


def _refuse_inside_source(dest: Path, sources: Sequence[Source]) -> None:
    for source in sources:
        if source.folder and dest.resolve().is_relative_to(source.folder.resolve()):
            raise InputError(f"--dest={dest} lies inside --data_dir={source.spec}; choose another")


def _tell(info: DatasetInfo, dest: Path, notes: Sequence[str]) -> None:
    for bad in info.bad_images:
        print(f"left out: {bad['reason']}", file=sys.stderr)
    if info.bad_images:
        print(f"left out {len(info.bad_images)} of the source's files", file=sys.stderr)
    for note in notes:
        print(note)
    counts = ", ".join(
        f"{split or 'all'} {sum(by_label.values())}" for split, by_label in info.counts.items()
    )
    print(f"{info.num_images} images of {len(info.classes)} classes ({counts}) in {dest}")
