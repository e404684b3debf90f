"""The order of the updates of a step, as data."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import tensorflow as tf

Group = tuple[str, ...]


class Update(NamedTuple):
    """One application of gradients.

    Attributes:
      groups: names of the networks to update; the networks of a group share one total. Several
        groups in one update move simultaneously, from gradients at the same weights.
      fresh_batch: True to take a new batch of real images, False to reuse the previous one.
    """

    groups: tuple[Group, ...]
    fresh_batch: bool = True


class Schedule(Protocol):
    """The order of the updates of a step; runs on the host and may depend on the losses.

    Attributes:
      is_fixed: True if every step makes exactly ``updates``, in that order. Such a step is compiled
        as one graph and ``next`` is never called; otherwise each distinct update is a graph.
      updates: the updates of a step if it is fixed, else all updates that ``next`` may return.
      num_batches: number of fresh batches per step.
      state: variables to checkpoint.
    """

    is_fixed: bool
    updates: tuple[Update, ...]
    num_batches: int
    state: Mapping[str, tf.Variable]

    def next(self, index: int, losses: Mapping[str, float]) -> Update | None:
        """Return the update that follows ``index`` updates of this step, or None to end the step.

        Args:
          index: number of updates already made in this step.
          losses: all metrics of this step so far.
        """

    def end_step(self, num_updates: int) -> Mapping[str, float]:
        """End a step of ``num_updates`` updates and return the metrics to log for it."""


class FixedSchedule:
    """The same updates in every step; see ``Schedule``.

    >>> FixedSchedule(Update((("d",),)), Update((("g",),), fresh_batch=False)).num_batches
    1

    Args:
      *updates: the updates of a step, in order.
    """

    is_fixed = True

    def __init__(self, *updates: Update):
        self.updates = updates
        self.num_batches = sum(update.fresh_batch for update in updates)
        self.state = {}

    def next(self, index: int, losses: Mapping[str, float]) -> Update | None:
        """See ``Schedule``."""
        return self.updates[index] if index < len(self.updates) else None

    def end_step(self, num_updates: int) -> Mapping[str, float]:
        """See ``Schedule``."""
        return {}
