"""How many images of each class a training set has, and which: nested and seeded."""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError

ALL = "all"
BALANCE = "balance"
#: Images per class, or a ratio small enough for 64-bit counts.
_NUMBER = re.compile(r"(\d+|(\d{1,6}(\.\d*)?|\.\d+)x)", re.ASCII)


class Amount(NamedTuple):
    """A number of synthetic images for each class.

    Attributes:
      text: as given: "all", "balance", "250" (images per class) or "0.5x" (times the real images
        of the class).
      classes: labels that get synthetic images; every label if empty.
    """

    text: str = ALL
    classes: tuple[str, ...] = ()


def parse_amount(text: str, classes: Sequence[str] = ()) -> Amount:
    """Return an amount from its text.

    Raises:
      InputError: the text has none of the four forms.
    """
    if text not in (ALL, BALANCE):
        if not (_NUMBER.fullmatch(text) and float(text.removesuffix("x")) > 0):
            raise InputError(
                f"--synthetic_images_per_class={text} is not an amount; give images per class "
                "(250), a ratio to the real images (0.5x), 'balance' (fill every class up to the "
                "largest) or 'all'"
            )
    return Amount(text, tuple(classes))


def synthetic_counts(
    amount: Amount, real: np.ndarray, available: np.ndarray, class_names: Sequence[str]
) -> np.ndarray:
    """Return how many synthetic images each class gets, int64 [K].

    Args:
      amount: the requested amount.
      real: [K] real training images of each class.
      available: [K] synthetic images of each class.
      class_names: K labels.

    Raises:
      InputError: a class has fewer synthetic images than requested, or does not exist.
    """
    for name in amount.classes:
        if name not in class_names:
            raise InputError(
                f"--synthetic_classes names '{name}', which is not a label: "
                f"{', '.join(class_names)}"
            )
    if amount.text == ALL:
        counts = available
    elif amount.text == BALANCE:
        counts = real.max() - real
    elif amount.text.endswith("x"):
        counts = np.rint(float(amount.text[:-1]) * real).astype(np.int64)
    else:
        counts = np.full(len(real), int(amount.text))
    if amount.classes:
        counts = np.where([name in amount.classes for name in class_names], counts, 0)
    for name, count, have in zip(class_names, counts, available, strict=True):
        if count > have:
            raise InputError(
                f"--synthetic_images_per_class={amount.text} asks for {count} synthetic images of "
                f"label '{name}', which has {have}; generate more or ask for less"
            )
    return np.asarray(counts, np.int64)


def real_counts(
    labels: np.ndarray,
    class_names: Sequence[str],
    per_class: int | None,
    kept_shares: Mapping[str, float],
) -> np.ndarray:
    """Return how many real training images of each class are used, int64 [K].

    Args:
      labels: [n] labels of all real training images.
      class_names: K labels.
      per_class: number of images of every class; None for all.
      kept_shares: by label, the share 0..1 of these images to keep (at least one).

    Raises:
      InputError: a class has fewer images than ``per_class``, or a label does not exist.
    """
    counts = np.bincount(labels, minlength=len(class_names))
    if per_class is not None:
        for name, have in zip(class_names, counts, strict=True):
            if have < per_class:
                raise InputError(
                    f"--real_images_per_class={per_class} asks for more images than label '{name}' "
                    f"has ({have})"
                )
        counts = np.full(len(class_names), per_class)
    for name, share in kept_shares.items():
        if name not in class_names:
            raise InputError(
                f"--cut names '{name}', which is not a label: {', '.join(class_names)}"
            )
        index = list(class_names).index(name)
        counts[index] = max(1, round(share * counts[index]))
    return counts


def nested_choice(labels: np.ndarray, counts: np.ndarray, seed: int, name: str) -> np.ndarray:
    """Return indices of ``counts[k]`` examples of each class k, drawn without replacement.

    With the same seed and name, a smaller draw is a subset of every larger one. The indices are
    ascending, so that a draw of all examples is the identity.

    >>> nested_choice(np.array([0, 1, 0]), np.array([2, 1]), seed=1, name="real").tolist()
    [0, 1, 2]
    """
    parts = []
    for label, count in enumerate(counts):
        members = np.flatnonzero(labels == label)
        order = np.random.default_rng([seed, zlib.crc32(name.encode()), label])
        parts.append(order.permutation(members)[:count])
    return np.sort(np.concatenate(parts))


def oversampled(
    indices: np.ndarray, labels: np.ndarray, counts: np.ndarray, seed: int
) -> np.ndarray:
    """Return ``indices`` with images repeated until class k has ``counts[k]`` of them.

    All images of a class are repeated before any is repeated again, in a seeded order. Classes
    with enough images are left as they are.
    """
    parts = [indices]
    for label, count in enumerate(counts):
        members = indices[labels[indices] == label]
        if 0 < len(members) < count:
            order = np.random.default_rng([seed, zlib.crc32(b"oversampled"), label])
            rounds = -(-count // len(members)) - 1
            repeats = [order.permutation(members) for _ in range(rounds)]
            parts.append(np.concatenate(repeats)[: count - len(members)])
    return np.concatenate(parts)
