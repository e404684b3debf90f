"""Document D's path-rank filter: the images that a classifier is surest to know rightly."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class ClassRank(NamedTuple):
    """What the filter did to one class.

    Attributes:
      label: its name.
      num_images: how many images it had.
      num_right: how many of them the classifier classified rightly.
      num_wanted: the share of num_images that was asked for, rounded up.
      num_kept: the lesser of num_right and num_wanted.
      lowest_confidence: of a kept image; None where none is kept.
      num_tied: images left out though they are as sure as the last one kept.
    """

    label: str
    num_images: int
    num_right: int
    num_wanted: int
    num_kept: int
    lowest_confidence: float | None
    num_tied: int

    def text(self) -> str:
        """The outcome as one line, with a shortfall or ties where there are any."""
        line = f"{self.label}: {self.num_kept} of {self.num_images} images kept"
        if self.lowest_confidence is not None:
            line += f", confidence {self.lowest_confidence:.4f} or more"
        if self.num_kept < self.num_wanted:
            line += f"; {self.num_wanted} were asked for, {self.num_right} are classified rightly"
        if self.num_tied:
            line += f"; {self.num_tied} more are as sure as the last, earlier paths were preferred"
        return line


def path_rank(
    labels: np.ndarray,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    share: float,
    filtered: Sequence[str],
) -> tuple[np.ndarray, list[ClassRank]]:
    """The images to keep and, for every filtered class, what became of it.

    Of a filtered class, the ``share`` of its images with the highest probability of the right
    class, among those classified rightly; equal ones in their given order. Other classes stay
    whole.

    Args:
      labels: [n] in 0 .. K-1.
      probabilities: [n, K] of a classifier trained on all real images.
      class_names: K labels.
      share: above 0 and at most 1 (D: 1/8, 1/4, 1/2 and 1).
      filtered: labels of the classes to filter.

    Returns:
      indices to keep, ascending; one ClassRank a filtered class.
    """
    keeps = np.ones(len(labels), bool)
    outcomes = []
    for name in filtered:
        label = list(class_names).index(name)
        members = np.flatnonzero(labels == label)
        confidence = probabilities[members, label]
        is_right = probabilities[members].argmax(axis=1) == label
        ranked = np.lexsort((-confidence, ~is_right))[: is_right.sum()]
        wanted = math.ceil(share * len(members))
        kept = ranked[:wanted]
        lowest = float(confidence[kept[-1]]) if len(kept) else None
        keeps[members] = False
        keeps[members[kept]] = True
        outcomes.append(
            ClassRank(
                label=name,
                num_images=len(members),
                num_right=int(is_right.sum()),
                num_wanted=wanted,
                num_kept=len(kept),
                lowest_confidence=lowest,
                num_tied=int((confidence[ranked[wanted:]] == lowest).sum()),
            )
        )
    return np.flatnonzero(keeps), outcomes
