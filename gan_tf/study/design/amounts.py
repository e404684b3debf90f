"""How many images of each class a training set takes, and which: nested and seeded."""

import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError

ALL = "all"
BALANCE = "balance"


class Amount(NamedTuple):
    """A number of images for each class.

    Attributes:
      text: as it was given: "all", "balance", "250" (images a class) or "0.5x" (times the real
        images of the class).
      classes: labels that it applies to; the other classes get none. Empty for every class.
    """

    text: str = ALL
    classes: tuple[str, ...] = ()


def parse_amount(text: str, classes: Sequence[str] = ()) -> Amount:
    """An amount from its text.

    Raises:
      InputError: the text is none of the four forms.
    """
    if text not in (ALL, BALANCE):
        try:
            valid = float(text[:-1]) > 0 if text.endswith("x") else int(text) > 0
        except ValueError:
            valid = False
        if not valid:
            raise InputError(
                f"--synthetic_images_per_class={text} is no amount; give images per class (250), a "
                "ratio to the real images (0.5x), 'balance' (fill every class up to the largest) "
                "or 'all'"
            )
    return Amount(text, tuple(classes))


def synthetic_counts(
    amount: Amount, real: np.ndarray, available: np.ndarray, class_names: Sequence[str]
) -> np.ndarray:
    """How many synthetic images each class gets, int64 [K].

    Args:
      amount: what is asked for.
      real: [K] real training images of each class.
      available: [K] synthetic images of each class.
      class_names: K labels.

    Raises:
      InputError: a class has fewer synthetic images than are asked for, or does not exist.
    """
    for name in amount.classes:
        if name not in class_names:
            raise InputError(
                f"--synthetic_classes names '{name}', which is no label: {', '.join(class_names)}"
            )
    if amount.text == ALL:
        wanted = available
    elif amount.text == BALANCE:
        wanted = real.max() - real
    elif amount.text.endswith("x"):
        wanted = np.rint(float(amount.text[:-1]) * real).astype(np.int64)
    else:
        wanted = np.full(len(real), int(amount.text))
    if amount.classes:
        wanted = np.where([name in amount.classes for name in class_names], wanted, 0)
    for name, count, have in zip(class_names, wanted, available, strict=True):
        if count > have:
            raise InputError(
                f"--synthetic_images_per_class={amount.text} asks for {count} synthetic images of "
                f"label '{name}', which has {have}; generate more or ask for less"
            )
    return np.asarray(wanted, np.int64)


def real_counts(
    labels: np.ndarray,
    class_names: Sequence[str],
    per_class: int | None,
    kept_shares: Mapping[str, float],
) -> np.ndarray:
    """How many real training images each class gives, int64 [K].

    Args:
      labels: [n] labels of all real training images.
      class_names: K labels.
      per_class: at most this many of every class that is asked for; None for all.
      kept_shares: shares 0..1 to which single classes are cut after that (at least one image).

    Raises:
      InputError: a class has fewer images than ``per_class``, or a cut class does not exist.
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
            raise InputError(f"--cut names '{name}', which is no label: {', '.join(class_names)}")
        index = list(class_names).index(name)
        counts[index] = max(1, round(share * counts[index]))
    return counts


def nested_choice(labels: np.ndarray, counts: np.ndarray, seed: int, name: str) -> np.ndarray:
    """Indices of ``counts[k]`` examples of each class k, drawn without repetition.

    Of one seed and name, a smaller choice lies inside every larger one. A class that is taken
    whole keeps its order, so that taking all of everything is the identity.

    >>> nested_choice(np.array([0, 1, 0]), np.array([2, 1]), seed=1, name="real").tolist()
    [0, 1, 2]
    """
    chosen = []
    for label, count in enumerate(counts):
        members = np.flatnonzero(labels == label)
        order = np.random.default_rng([seed, zlib.crc32(name.encode()), label])
        chosen.append(order.permutation(members)[:count])
    return np.sort(np.concatenate(chosen))


def oversampled(
    chosen: np.ndarray, labels: np.ndarray, counts: np.ndarray, seed: int
) -> np.ndarray:
    """``chosen`` with images repeated until class k has ``counts[k]`` of them.

    Whole rounds first, then a seeded choice of the rest, so that no image is repeated twice more
    often than another of its class. Classes that have enough are left as they are.
    """
    found = [chosen]
    for label, count in enumerate(counts):
        members = chosen[labels[chosen] == label]
        if 0 < len(members) < count:
            order = np.random.default_rng([seed, zlib.crc32(b"oversampled"), label])
            rounds = -(-count // len(members)) - 1
            repeats = [order.permutation(members) for _ in range(rounds)]
            found.append(np.concatenate(repeats)[: count - len(members)])
    return np.concatenate(found)
