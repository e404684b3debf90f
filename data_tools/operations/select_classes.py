"""Chosen classes only (C: benign or malignant, E: AK), renamed, united or capped."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.plan import JoinedExamples, Plan, given_flags, placed
from data_tools.errors import InputError
from data_tools.operations.slice_dataset import draw
from data_tools.sources import Example, Source

_CAPPED_SPLITS = ("", "train")


@dataclass(frozen=True)
class Rename:
    """Gives each image the new name of its label."""

    new_names: Mapping[str, str]

    def __call__(self, index: int, example: Example) -> Example:
        """Returns the example as it is to be placed."""
        return placed(example, label=self.new_names[example.label])


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan: classes are chosen in every split, `--cap` holds for `train` alone."""
    (source,) = sources
    new_names = _new_names(source, options)
    found = [index for index, example in enumerate(source.examples) if example.label in new_names]
    order = np.asarray(found, np.int64)
    if options.cap is not None:
        order = _capped(source, order, new_names, options.cap, options.seed)
    return Plan(
        class_names=tuple(dict.fromkeys(new_names.values())),
        examples=JoinedExamples(sources),
        order=order,
        place=Rename(new_names),
        arguments=given_flags(options, "keep", "drop", "map", "cap", "seed"),
        trained_on=source.trained_on,
    )


def _new_names(source: Source, options: argparse.Namespace) -> dict[str, str]:
    """Returns the new name of each class that stays."""
    if options.keep is not None and options.drop is not None:
        raise InputError("--keep and --drop exclude each other; pass one")
    renames = options.map or {}
    for flag, names in (("keep", options.keep), ("drop", options.drop), ("map", renames)):
        for name in names or ():
            if name not in source.class_names:
                raise InputError(
                    f"--{flag}: {source.spec} has no class {name!r}, "
                    f"only {', '.join(source.class_names)}"
                )
    kept = [
        name
        for name in source.class_names
        if (options.keep is None or name in options.keep) and name not in (options.drop or ())
    ]
    if not kept:
        raise InputError("--drop leaves no class; drop fewer")
    return {name: renames.get(name, name) for name in kept}


def _capped(
    source: Source, order: np.ndarray, new_names: Mapping[str, str], cap: int, seed: int
) -> np.ndarray:
    """Returns at most `cap` images of each new class of the training split, drawn by the seed."""
    by_label: dict[str, list[int]] = {}
    kept = []
    for index in order.tolist():
        example = source.examples[index]
        if example.split in _CAPPED_SPLITS:
            by_label.setdefault(new_names[example.label], []).append(index)
        else:
            kept.append(index)
    for indexes in by_label.values():
        kept += sorted(indexes, key=lambda index: draw(seed, source.examples[index]))[:cap]
    return np.sort(np.asarray(kept, np.int64))
