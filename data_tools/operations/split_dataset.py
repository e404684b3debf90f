"""Train, validation and test (D 80/10/10, E 80/20), stratified, never parting a group."""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.plan import JoinedExamples, Plan, acted_on, given_flags, placed
from data_tools.errors import InputError
from data_tools.formats.csv_tables import file_id, groups_by_id, read_table
from data_tools.formats.dataset_info import SPLITS
from data_tools.operations.assignment import grouped_assignment, stratified_assignment
from data_tools.sources import Example, Source

_DEFAULT_FRACTIONS = (0.8, 0.2)


@dataclass(frozen=True)
class AssignSplits:
    """Gives each image its split and, where a table tells, its group.

    Attributes:
      assignment: int8 [num_images], position in `SPLITS`, -1 to leave the split as it is.
      groups: by image id, for images without one.
    """

    assignment: np.ndarray
    groups: dict[str, str]

    def __call__(self, index: int, example: Example) -> Example:
        """Returns the example as it is to be placed."""
        group = self.groups.get(file_id(example.path), example.group)
        if self.assignment[index] < 0:
            return placed(example, group=group)
        return placed(example, split=SPLITS[self.assignment[index]], group=group)


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan that divides the images; of a split source, those of `train`."""
    (source,) = sources
    acted = np.flatnonzero(acted_on(source.examples, ("train",)))
    if not len(acted):
        raise InputError(f"{source.spec} has no training images to divide; name another --data_dir")
    shares = _shares(options, len(acted))
    taken = [s for s, share in zip(SPLITS, shares, strict=True) if share and s != "train"]
    if already := [split for split in taken if split in source.splits]:
        raise InputError(
            f"{source.spec} has a split {already[0]!r} already; give it no share in "
            "--fractions=train,validation,test"
        )
    groups = _table_groups(options)
    labels, known = [], []
    for index in acted.tolist():
        example = source.examples[index]
        labels.append(example.label)
        known.append(groups.get(file_id(example.path), example.group))
    sizes = Counter(group for group in known if group is not None)
    is_grouped = options.group_column != "none" and max(sizes.values(), default=1) > 1
    if is_grouped:
        places = grouped_assignment(labels, known, shares, options.seed)
    else:
        places = stratified_assignment(labels, shares, options.seed)
    _refuse_empty(places, shares, source.spec)
    assignment = np.full(len(source.examples), -1, np.int8)
    assignment[acted] = places
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        place=AssignSplits(assignment, groups),
        arguments={
            "shares": list(shares),
            "grouped": is_grouped,
            **given_flags(options, "group_csv", "group_column", "id_column", "seed"),
        },
        trained_on=source.trained_on,
        notes=("no group lies on both sides of a split",) if is_grouped else (),
    )


def _shares(options: argparse.Namespace, num_images: int) -> tuple[float, float, float]:
    """Returns the shares of train, validation and test."""
    if options.fractions is not None and options.counts is not None:
        raise InputError("--fractions and --counts exclude each other; pass one")
    flag = "fractions" if options.counts is None else "counts"
    given = getattr(options, flag) or _DEFAULT_FRACTIONS
    text = f"--{flag}={','.join(f'{share:g}' for share in given)}"
    if flag == "counts":
        if any(share != int(share) for share in given):
            raise InputError(f"{text} has a number that is not whole")
        if sum(given) != num_images:
            raise InputError(f"{text} adds up to {sum(given):g}, not to the {num_images} images")
    elif abs(sum(given) - 1) > 1e-6:
        raise InputError(f"{text} adds up to {sum(given):g}, not to 1")
    train, *validation, test = given
    return train, validation[0] if validation else 0.0, test


def _refuse_empty(places: np.ndarray, shares: Sequence[float], spec: str) -> None:
    """Raises InputError if a split with a share got no image, as its groups went elsewhere."""
    got = np.bincount(places, minlength=len(SPLITS))
    for split, share, num_images in zip(SPLITS, shares, got, strict=True):
        if share and not num_images:
            raise InputError(
                f"{spec} has too few groups for a share of {split!r}; add images of other groups, "
                "change the shares, or part groups with --group_column=none"
            )


def _table_groups(options: argparse.Namespace) -> dict[str, str]:
    if options.group_csv is None:
        if options.group_column not in ("auto", "none"):
            raise InputError(f"--group_column={options.group_column} needs --group_csv=FILE")
        return {}
    if options.group_column == "none":
        return {}
    column = None if options.group_column == "auto" else options.group_column
    return groups_by_id(read_table(options.group_csv), options.id_column, column)
