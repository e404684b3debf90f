"""Which image goes into which split: stratified by label, and never parting a group."""

from collections.abc import Sequence

import numpy as np

from data_tools.errors import InputError


def stratified_assignment(labels: Sequence[str], shares: Sequence[float], seed: int) -> np.ndarray:
    """Returns int8 [num_images], the position in `shares` that each image is assigned to.

    Each label is divided as the whole is. The last shares are cut off first, then divided among
    themselves, each time by scikit-learn's `train_test_split`; so [Fossen2020] made its table 6.1.

    Args:
      labels: of the images.
      shares: at least two, fractions that sum to 1 or counts that sum to the number of images.
      seed: of the draw.

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
    """Returns int8 [num_images], the position in `shares` that each image is assigned to.

    All images of a group go to the same place; an image without group is a group of its own.
    Groups are taken from the largest to the smallest, equals in random order, each to the place
    that still lacks the largest part of what it is to get of the group's labels. So the shares of
    each label are met about as closely as the sizes of the groups allow.

    Args:
      labels: of the images.
      groups: of the images, None for none.
      shares: fractions that sum to 1, or counts that sum to the number of images.
      seed: of the draw.
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
    # A place that is to get nothing never wins.
    weights = np.where(targets > 0, 1 / np.maximum(targets, 1e-9), 0)
    allowed = np.asarray(shares) > 0
    assignment = np.zeros(len(labels), np.int8)
    for number in order:
        indexes = members[keys[number]]
        held = np.bincount(label_ids[indexes], minlength=len(names))
        scores = np.where(allowed, (lacking * weights) @ held, -np.inf)
        place = int(np.argmax(scores))
        lacking[place] -= held
        assignment[indexes] = place
    return assignment


def _too_few(labels: np.ndarray) -> str:
    names, counts = np.unique(labels.astype(str), return_counts=True)
    least = int(np.argmin(counts))
    return (
        f"label {str(names[least])!r} has too few images ({counts[least]} to be divided) "
        "for every split to get its share; add some, or leave the label out"
    )
