"""Functions that the ``plan`` functions of operations share."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data_tools.conversion.mode_conversion import ModeConversion
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan, Transform
from data_tools.formats.manifest import TrainedOnImage
from data_tools.sources.source import Example, Source

# Options that name a file; its folder differs between machines.
_FILES = ("csv", "group_csv")


def pixel_plan(
    sources: Sequence[Source],
    transform: Transform,
    splits: Sequence[str],
    arguments: Mapping[str, Any],
    conversion: ModeConversion | None = None,
) -> Plan:
    """Return the plan that changes the images of some splits and carries the others over.

    Args:
      sources: exactly one.
      transform: changes the pixels.
      splits: names of the splits to change; a source without splits is changed as a whole.
      arguments: entries for the history of the images.
      conversion: changes the mode of the images before.
    """
    (source,) = sources
    carried_over = [split for split in source.splits if split not in splits]
    notes = ()
    if carried_over:
        names = ", ".join(carried_over)
        notes = (f"carried over unchanged: {names} (--splits=all changes them too)",)
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        transform=transform,
        transformed_splits=frozenset(("", *splits)),
        conversion=conversion,
        arguments={**arguments, "splits": splits},
        trained_on=source.trained_on,
        notes=notes,
    )


def relocated(example: Example, **changes: Any) -> Example:
    """Return the example with another label, split or group, and the path that follows from it."""
    target = replace(example, **changes)
    parts = (target.split, target.label, PurePosixPath(example.path).name)
    return replace(target, path="/".join(part for part in parts if part))


def history_arguments(options: ConversionOptions, *names: str) -> dict[str, Any]:
    """Return the named options that are set, for the history; of files, the names only."""
    values = {name: getattr(options, name) for name in names}
    return {
        name: PurePosixPath(value).name if name in _FILES else value
        for name, value in values.items()
        if value is not None
    }


def merged_trained_on(sources: Sequence[Source]) -> tuple[TrainedOnImage, ...]:
    """Return the real images behind the synthetic ones of all sources, each once."""
    return tuple(dict.fromkeys(image for source in sources for image in source.trained_on))


def in_splits(examples: Sequence[Example], splits: Sequence[str]) -> np.ndarray:
    """Return bool [num_examples]: whether each example is in one of the splits, or in none at all.

    Args:
      examples: the examples of a source.
      splits: names of the splits that an operation changes.
    """
    names = ("", *splits)
    return np.fromiter((example.split in names for example in examples), bool, len(examples))


def random_rank(seed: int, example: Example) -> bytes:
    """Return a sort key that depends only on the seed and the example's path.

    An image thus has the same rank in every selection, whatever other images there are.
    """
    text = f"{seed}/{example.path}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).digest()
