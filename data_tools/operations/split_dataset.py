"""Train, validation and test splits, stratified by label, that never divide a group.

[Fossen2020] splits 80/10/10, [Wolyniec2020] 80/20.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, in_splits, relocated
from data_tools.conversion.table_join import JoinOptions, group_join, image_index
from data_tools.conversion.unmatched import samples
from data_tools.errors import InputError, UsageError
from data_tools.formats.dataset_info import SPLITS
from data_tools.options import option, seed_option
from data_tools.sources import Example, Source

_DEFAULT_FRACTIONS = (0.8, 0.2)


def parse_shares(text: str) -> tuple[float, ...]:
    """Return two or three numbers, none negative: train,test or train,validation,test.

    >>> parse_shares("0.8,0.1,0.1")
    (0.8, 0.1, 0.1)
    """
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = ()
    if len(shares) not in (2, 3) or not all(0 <= share < 1e12 for share in shares):
        raise ValueError("is not train,test or train,validation,test")
    return shares


@dataclass(frozen=True, kw_only=True)
class Options(JoinOptions):
    """Options of ``split_dataset``."""

    fractions: tuple[float, ...] | None = option(
        None,
        "Fractions as train,test or train,validation,test; default: 0.8,0.2.",
        parse=parse_shares,
    )
    counts: tuple[float, ...] | None = option(
        None, "Like --fractions, but as numbers of images.", parse=parse_shares
    )
    seed: int = seed_option("Seed of the split.")


@dataclass(frozen=True)
class AssignSplits:
    """Placement of each image in its split and, if a table has one, its group.

    Attributes:
      assignment: int8 [num_images], position in ``SPLITS``, -1 to keep the split.
      groups: by the index of the image; other images keep theirs.
    """

    assignment: np.ndarray
    groups: Mapping[int, str]

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example with its split and group."""
        group = self.groups.get(index, example.group)
        if self.assignment[index] < 0:
            return relocated(example, group=group)
        return relocated(example, split=SPLITS[self.assignment[index]], group=group)


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that splits the images; of a split source, those of ``train``."""
    (source,) = sources
    divided = np.flatnonzero(in_splits(source.examples, ("train",)))
    if not len(divided):
        raise InputError(f"{source.spec} has no training images to split; name another --data_dir")
    shares = _shares(options, len(divided))
    taken = [s for s, share in zip(SPLITS, shares, strict=True) if share and s != "train"]
    if already := [split for split in taken if split in source.splits]:
        raise InputError(
            f"{source.spec} has a split {already[0]!r} already; give it no share in "
            "--fractions=train,validation,test"
        )
    table_groups, notes = _table_groups(source, options)
    labels, known = [], []
    for index in divided.tolist():
        example = source.examples[index]
        labels.append(example.label)
        known.append(table_groups.get(index, example.group))
    sizes = Counter(group for group in known if group is not None)
    is_grouped = options.group_column != "none" and max(sizes.values(), default=1) > 1
    if is_grouped:
        places = grouped_assignment(labels, known, shares, options.seed)
    else:
        places = stratified_assignment(labels, shares, options.seed)
    _refuse_empty(places, shares, source.spec)
    assignment = np.full(len(source.examples), -1, np.int8)
    assignment[divided] = places
    place = AssignSplits(assignment, table_groups)
    if is_grouped:
        notes += (_group_note(source, place),)
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        place=place,
        arguments={
            "shares": list(shares),
            "grouped": is_grouped,
            **history_arguments(options, "group_csv", "group_column", "id_column", "seed"),
        },
        trained_on=source.trained_on,
        notes=notes,
    )


def _shares(options: Options, num_images: int) -> tuple[float, float, float]:
    """Return the shares of train, validation and test."""
    if options.fractions is not None and options.counts is not None:
        raise UsageError("--fractions and --counts are mutually exclusive; pass one")
    flag = "fractions" if options.counts is None else "counts"
    shares = getattr(options, flag) or _DEFAULT_FRACTIONS
    total = sum(shares)
    text = f"--{flag}={','.join(f'{share:g}' for share in shares)}"
    if flag == "counts":
        if any(share != int(share) for share in shares):
            raise InputError(f"{text} has a number that is not an integer")
        if total != num_images:
            raise InputError(f"{text} adds up to {total:g}, not to the {num_images} images")
    elif abs(total - 1) > 1e-6:
        raise InputError(f"{text} adds up to {total:g}, not to 1")
    train, *validation, test = shares
    return train, validation[0] if validation else 0.0, test


def _refuse_empty(places: np.ndarray, shares: Sequence[float], spec: str) -> None:
    """Raise InputError if a split with a share got no image because its groups went elsewhere."""
    counts = np.bincount(places, minlength=len(SPLITS))
    for split, share, num_images in zip(SPLITS, shares, counts, strict=True):
        if share and not num_images:
            raise InputError(
                f"{spec} has too few groups for a share of {split!r}; add images of other groups, "
                "change the shares, or divide groups with --group_column=none"
            )


def _table_groups(source: Source, options: Options) -> tuple[dict[int, str], tuple[str, ...]]:
    """Return the groups in ``--group_csv`` by the index of the image, and notes about the table."""
    if options.group_csv is None and options.group_column not in ("auto", "none"):
        raise UsageError(f"--group_column={options.group_column} needs --group_csv=FILE")
    if options.group_csv is None or options.group_column == "none":
        return {}, ()
    join, groups = group_join(source, options, image_index(source))
    counts = join.checked(range(len(source.examples)), options.on_unmatched)
    return groups, (*join.table.notes, counts)


def _group_note(source: Source, place: AssignSplits) -> str:
    """Return whether the groups of the images, as they are placed, are each in one split."""
    splits: dict[str, set[str]] = {}
    num_ungrouped = 0
    for index, example in enumerate(source.examples):
        target = place(index, example)
        if target.group is None:
            num_ungrouped += 1
        else:
            splits.setdefault(target.group, set()).add(target.split)
    divided = [group for group, found in splits.items() if len(found) > 1]
    note = f"none of {len(splits)} groups is in two splits"
    if divided:
        note = (
            f"{len(divided)} of {len(splits)} groups are in two splits, as in {source.spec}: "
            f"{samples(divided)}"
        )
    if num_ungrouped:
        note += f"; {num_ungrouped} of {len(source.examples)} images have no group"
    return note


def stratified_assignment(labels: Sequence[str], shares: Sequence[float], seed: int) -> np.ndarray:
    """Return int8 [num_images], the position in ``shares`` that each image is assigned to.

    Each label is split in the same proportions. The last shares are split off first, then split
    among themselves, each time by scikit-learn's ``train_test_split``, as for table 6.1 of
    [Fossen2020].

    Args:
      labels: labels of the images.
      shares: at least two, fractions that sum to 1 or counts that sum to the number of images.
      seed: seed of the random draw.

    Raises:
      InputError: if a label has too few images.
    """
    from sklearn.model_selection import train_test_split

    assignment = np.zeros(len(labels), np.int8)
    names = np.asarray(labels, object)
    rest = np.arange(len(labels))
    are_counts = sum(shares) > 1.5
    for position in range(len(shares) - 1):
        if shares[position] == 0 or sum(shares[position + 1 :]) == 0:
            if shares[position] == 0:
                assignment[rest] = position + 1
                continue
            break
        later = sum(shares[position + 1 :])
        size = int(later) if are_counts else round(later / sum(shares[position:]), 12)
        try:
            _, rest = train_test_split(
                rest, test_size=size, stratify=names[rest], random_state=seed
            )
        except ValueError:
            raise InputError(_too_few(names[rest])) from None
        rest = np.sort(rest)
        assignment[rest] = position + 1
    return assignment


def grouped_assignment(
    labels: Sequence[str], groups: Sequence[str | None], shares: Sequence[float], seed: int
) -> np.ndarray:
    """Return int8 [num_images], the position in ``shares`` that each image is assigned to.

    All images of a group go to the same split; an image without a group is a group of its own.
    Groups are assigned from the largest to the smallest, ties in random order, each to the split
    that still lacks the largest part of its target for the group's labels. So the shares of each
    label are met about as closely as the group sizes allow.

    Args:
      labels: labels of the images.
      groups: groups of the images, None for none.
      shares: fractions that sum to 1, or counts that sum to the number of images.
      seed: seed of the random draw.
    """
    names, label_ids = np.unique(np.asarray(labels, object).astype(str), return_inverse=True)
    members: dict[object, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(index if group is None else ("group", group), []).append(index)
    keys = list(members)
    order = np.random.default_rng(seed).permutation(len(keys)).tolist()
    order.sort(key=lambda number: -len(members[keys[number]]))
    counts = np.bincount(label_ids, minlength=len(names))
    targets = np.outer(np.asarray(shares, float) / sum(shares), counts)
    lacking = targets.copy()
    # A split without a share never wins.
    weights = np.where(targets > 0, 1 / np.maximum(targets, 1e-9), 0)
    allowed = np.asarray(shares) > 0
    assignment = np.zeros(len(labels), np.int8)
    for number in order:
        indices = members[keys[number]]
        held = np.bincount(label_ids[indices], minlength=len(names))
        scores = np.where(allowed, (lacking * weights) @ held, -np.inf)
        place = int(np.argmax(scores))
        lacking[place] -= held
        assignment[indices] = place
    return assignment


def _too_few(labels: np.ndarray) -> str:
    names, counts = np.unique(labels.astype(str), return_counts=True)
    least = int(np.argmin(counts))
    return (
        f"label {str(names[least])!r} has too few images ({counts[least]} to be split) "
        "for every split to get its share; add some, or leave the label out"
    )
