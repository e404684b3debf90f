"""Options that every conversion has."""

from dataclasses import dataclass
from typing import Any

from data_tools.folders.entries import UnexpectedFile
from data_tools.formats.dataset_info import SPLITS
from data_tools.options import option

#: What to do with an unreadable image.
POLICIES = ("fail", "skip", "quarantine")


@dataclass(frozen=True, kw_only=True)
class ConversionOptions:
    """How a plan is carried out; the options of an operation extend it.

    Attributes:
      operation: name of the operation.
      name: name of the new data set.
      num_workers: number of processes; the result does not depend on it.
      unexpected_files: files in the sources that are not images.
    """

    operation: str
    name: str
    num_workers: int = 1
    unexpected_files: tuple[UnexpectedFile, ...] = ()
    on_bad: str = option(
        "fail",
        "Unreadable files: stop, skip and list them, or also copy them to _quarantine.",
        choices=POLICIES,
    )
    strip_metadata: bool = option(
        False, "Remove EXIF, file names and groups, before sharing the data set."
    )


def splits_option() -> Any:
    """Return the option for the splits that an operation changes."""
    return option(
        ("train",),
        f"Splits to change, comma-separated: {', '.join(SPLITS)}, or all; the others are "
        "carried over.",
        parse=_parse_splits,
    )


def _parse_splits(text: str) -> tuple[str, ...]:
    names = SPLITS if text == "all" else tuple(text.split(","))
    for name in names:
        if name not in SPLITS:
            raise ValueError(f"{name!r} is not one of {', '.join(SPLITS)}, all")
    return names
