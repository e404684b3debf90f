"""One image of each set of duplicates: equal bytes, equal pixels, or equal to the eye."""

import argparse
from collections.abc import Sequence

import numpy as np

from data_tools.checks.image_stats import ImageStats, compute_all_stats
from data_tools.checks.perceptual_hash import find_earlier_matches
from data_tools.conversion.plan import JoinedExamples, Plan, acted_on, given_flags
from data_tools.sources import Source
from data_tools.workers import default_num_workers


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan without those images that an earlier one equals.

    Images of the splits that are carried over come first, so that what lies in `test` too leaves
    `train`. What cannot be read is left to `--on_bad`.
    """
    (source,) = sources
    num_workers = options.workers or default_num_workers()
    facts = list(compute_all_stats(source.examples, options.op, num_workers))
    acted = acted_on(source.examples, options.splits)
    is_readable = np.array([not one.problem for one in facts], bool)
    carried_over = np.flatnonzero(is_readable & ~acted).tolist()
    readable = [*carried_over, *np.flatnonzero(is_readable & acted).tolist()]
    earlier = _equal_to(options, [facts[index] for index in readable], len(carried_over))
    removed = {}
    for index, position in zip(readable, earlier, strict=True):
        if position >= 0:
            removed[index] = readable[position]
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=np.array([i for i in range(len(facts)) if i not in removed], np.int64),
        arguments=given_flags(options, "by", "distance", "splits"),
        trained_on=source.trained_on,
        notes=_notes(source, removed),
        extra={
            "removed": [
                {"path": source.examples[index].path, "equals": source.examples[other].path}
                for index, other in sorted(removed.items())
            ]
        },
    )


def _equal_to(
    options: argparse.Namespace, facts: Sequence[ImageStats], num_kept: int
) -> Sequence[int]:
    """Returns for each image the position of an earlier one that stays and equals it, or -1.

    The first `num_kept` stay in any case.
    """
    if options.by == "near":
        hashes = np.array([one.perceptual_hash for one in facts], np.uint64)
        return find_earlier_matches(hashes, options.distance, num_kept).tolist()
    field = {"bytes": "sha256", "pixels": "pixels_sha256"}[options.by]
    first: dict[str, int] = {}
    found = []
    for position, one in enumerate(facts):
        earlier = first.setdefault(getattr(one, field), position)
        found.append(-1 if position < num_kept or earlier == position else earlier)
    return found


def _notes(source: Source, removed: dict[int, int]) -> tuple[str, ...]:
    notes = [f"{len(removed)} duplicates removed; dataset.json lists them"]
    num_conflicts = sum(
        source.examples[index].label != source.examples[other].label
        for index, other in removed.items()
    )
    if num_conflicts:
        notes.append(f"{num_conflicts} of them had another label than the image they equal")
    return tuple(notes)
