"""One image of each set of duplicates: equal bytes, equal pixels, or near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.checks.image_stats import ImageStats, compute_all_stats
from data_tools.checks.perceptual_hash import find_earlier_matches
from data_tools.conversion.options import ConversionOptions, splits_option
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, in_splits
from data_tools.options import option
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``remove_duplicates``."""

    by: str = option(
        "pixels",
        "What makes two images duplicates; near compares perceptual hashes.",
        choices=("bytes", "pixels", "near"),
    )
    distance: int = option(
        4, "With --by=near: bits in which the hashes may differ.", lower=0, upper=64
    )
    splits: tuple[str, ...] = splits_option()


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that leaves out images that equal an earlier one.

    Images of the splits that are carried over come first, so that what is also in ``test`` is
    removed from ``train``. Unreadable images are left to ``--on_bad``.
    """
    (source,) = sources
    stats = list(compute_all_stats(source.examples, options.operation, options.num_workers))
    is_removable = in_splits(source.examples, options.splits)
    is_readable = np.array([not one.problem for one in stats], bool)
    carried_over = np.flatnonzero(is_readable & ~is_removable).tolist()
    readable = [*carried_over, *np.flatnonzero(is_readable & is_removable).tolist()]
    earlier = _equal_to(options, [stats[index] for index in readable], len(carried_over))
    removed = {}
    for index, position in zip(readable, earlier, strict=True):
        if position >= 0:
            removed[index] = readable[position]
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=np.array([i for i in range(len(stats)) if i not in removed], np.int64),
        arguments=history_arguments(options, "by", "distance", "splits"),
        trained_on=source.trained_on,
        notes=_notes(source, removed),
        extra={
            "removed": [
                {"path": source.examples[index].path, "equals": source.examples[other].path}
                for index, other in sorted(removed.items())
            ]
        },
    )


def _equal_to(options: Options, stats: Sequence[ImageStats], num_kept: int) -> Sequence[int]:
    """Return, for each image, the position of an earlier kept image that it equals, or -1.

    The first ``num_kept`` images are always kept.
    """
    if options.by == "near":
        hashes = np.array([one.perceptual_hash for one in stats], np.uint64)
        return find_earlier_matches(hashes, options.distance, num_kept).tolist()
    field = {"bytes": "sha256", "pixels": "pixels_sha256"}[options.by]
    first: dict[str, int] = {}
    equal_to = []
    for position, one in enumerate(stats):
        earlier = first.setdefault(getattr(one, field), position)
        equal_to.append(-1 if position < num_kept or earlier == position else earlier)
    return equal_to


def _notes(source: Source, removed: dict[int, int]) -> tuple[str, ...]:
    notes = [f"{len(removed)} duplicates removed; dataset.json lists them"]
    num_conflicts = sum(
        source.examples[index].label != source.examples[other].label
        for index, other in removed.items()
    )
    if num_conflicts:
        notes.append(f"{num_conflicts} of them had a different label from the image they equal")
    return tuple(notes)
