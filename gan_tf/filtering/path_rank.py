"""[Fossen2020]'s path-rank filter: the most confident of the images classified correctly."""

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from data_tools.errors import InputError


class ClassRank(NamedTuple):
    """What the filter did to one class.

    Attributes:
      label: its name.
      num_images: number of its images.
      num_right: how many of them are classified correctly.
      num_kept: the requested share of ``num_right``, rounded up.
      lowest_confidence: of a kept image; None if none is kept.
      num_tied: images left out although their confidence equals that of the last one kept.
    """

    label: str
    num_images: int
    num_right: int
    num_kept: int
    lowest_confidence: float | None
    num_tied: int

    def text(self) -> str:
        """Return the outcome as one line, with ties if there are any."""
        line = f"{self.label}: {self.num_kept} of {self.num_images} images kept, "
        line += f"{self.num_right} are classified correctly"
        if self.lowest_confidence is not None:
            line += f", confidence {self.lowest_confidence:.4f} or more"
        if self.num_tied:
            line += f"; {self.num_tied} more have the same confidence as the last; paths break ties"
        return line


def parse_share(text: str) -> Fraction:
    """Return a share above 0 and at most 1 from its text, exactly.

    >>> parse_share("0.125")
    Fraction(1, 8)

    Raises:
      InputError: the text is not such a number.
    """
    share = Fraction(text) if re.fullmatch(r"\d*\.?\d+", text) else 0
    if not 0 < share <= 1:
        raise InputError(
            f"'{text}' is not a share of images; --share and --shares take numbers above 0 and "
            "up to 1"
        )
    return share


def path_rank(
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    share: Fraction,
    filtered: Sequence[str],
) -> tuple[np.ndarray, list[ClassRank]]:
    """Return the images to keep and, for every filtered class, what the filter did to it.

    Of a filtered class, the ``share`` of the images classified correctly ([Fossen2020], section
    7.2.3), rounded up, is kept: those with the highest probability of their class, equal ones in
    the given order. Other classes are kept whole.

    Args:
      labels: [n] in 0 .. K-1.
      probabilities: [n, K] of a classifier trained on all real images.
      class_names: K labels.
      share: above 0 and at most 1 ([Fossen2020]: 1/8, 1/4, 1/2 and 1); a fraction, because the
        float 0.07 times 100 is above 7 and would be rounded up to 8.
      filtered: the labels to filter.

    Returns:
      Indices to keep, ascending, and one ClassRank per filtered class.
    """
    keeps = np.ones(len(labels), bool)
    outcomes = []
    for name in filtered:
        label = list(class_names).index(name)
        members = np.flatnonzero(labels == label)
        confidence = probabilities[members, label]
        is_correct = probabilities[members].argmax(axis=1) == label
        ranked = np.lexsort((-confidence, ~is_correct))[: is_correct.sum()]
        num_kept = math.ceil(share * len(ranked))
        kept = ranked[:num_kept]
        lowest = float(confidence[kept[-1]]) if len(kept) else None
        keeps[members] = False
        keeps[members[kept]] = True
        outcomes.append(
            ClassRank(
                label=name,
                num_images=len(members),
                num_right=len(ranked),
                num_kept=num_kept,
                lowest_confidence=lowest,
                num_tied=int((confidence[ranked[num_kept:]] == lowest).sum()),
            )
        )
    return np.flatnonzero(keeps), outcomes
