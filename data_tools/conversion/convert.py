"""One operation, from plan to report."""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from data_tools.conversion.folder_writer import GRAY_SCALE, write_folder
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import Plan
from data_tools.errors import Caution
from data_tools.files.labels import similarity_note
from data_tools.files.staging import staged
from data_tools.formats.dataset_info import DatasetInfo
from data_tools.sources import Source
from data_tools.sources.value_range import ValueRange


def convert(
    plan_operation: Callable[[Sequence[Source], ConversionOptions], Plan],
    sources: Sequence[Source],
    dest: Path,
    options: ConversionOptions,
) -> DatasetInfo:
    """Write a new data set and print what was written.

    Args:
      plan_operation: the ``plan`` function of an operation.
      sources: what it reads.
      dest: folder to create.
      options: options of the operation.

    Raises:
      InputError: sources, options or destination are invalid; nothing is written.
    """
    unexpected_files = tuple(file for source in sources for file in source.unexpected_files)
    options = replace(options, unexpected_files=unexpected_files)
    plan = plan_operation(sources, options)
    write = plan.writer or write_folder
    with staged(dest) as folder:
        info = write(plan, folder, options)
    for caution in _label_cautions(info):
        warnings.warn(caution, Caution, stacklevel=2)
    _report(info, dest, plan.notes)
    return info


def _label_cautions(info: DatasetInfo) -> Iterator[str]:
    """Yield lines about labels that have no images or may be one label."""
    for label in info.classes:
        if not any(by_label[label] for by_label in info.counts.values()):
            yield (
                f"label {label!r} has no image in {info.name}, which gan_tf.train refuses; add "
                f"some, or leave the label out with --op=select_classes --drop={label}"
            )
    if note := similarity_note(info.classes):
        yield f"{info.name}: {note}"


def _report(info: DatasetInfo, dest: Path, notes: Sequence[str]) -> None:
    for bad in info.bad_images:
        print(f"left out: {bad['reason']}", file=sys.stderr)
    if info.bad_images:
        print(f"left out {len(info.bad_images)} of the source's files", file=sys.stderr)
    for note in (*notes, *_scale_notes(info)):
        print(note)
    counts = ", ".join(
        f"{split or 'all'} {sum(by_label.values())}" for split, by_label in info.counts.items()
    )
    print(f"{info.num_images} images of {len(info.classes)} classes ({counts}) in {dest}")


def _scale_notes(info: DatasetInfo) -> Iterator[str]:
    """Yield how 16-bit gray became 8-bit; warn if that left few gray levels by default."""
    chosen = {"bit_depth", "percentiles"} & info.arguments.keys()
    if GRAY_SCALE not in info.extra:
        for name in chosen:
            yield f"no image is 16-bit gray, so --{name} had no effect"
        return
    low, high = info.extra[GRAY_SCALE]["scale"]
    yield f"16-bit gray became 8-bit: {low} to {high} is now 0 to 255"
    values = ValueRange(*info.extra[GRAY_SCALE]["values"])
    if values.is_narrow and not chosen:
        remedy = f"; convert again with {values.remedy}" if values.remedy else ""
        warnings.warn(
            f"the 16-bit values are {values}, which leaves few gray levels of 8 bits{remedy}",
            Caution,
            stacklevel=2,
        )
