"""A fixed number of random images per label ([Baker2018], appendix, ``slice_dataset``).

Deviations from [Baker2018]: seeded; nested (the slice of 1,000 is a subset of that of 2,000 of the
same seed); a label with too few images is an error, where [Baker2018] silently takes fewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.options import ConversionOptions, splits_option
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, in_splits, random_rank
from data_tools.errors import InputError
from data_tools.options import REQUIRED, option, seed_option
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``slice_dataset``."""

    size: int = option(REQUIRED, "Images per label.", lower=1)
    seed: int = seed_option("Seed of the random draw.")
    on_short: str = option(
        "fail",
        "If a label has fewer images than --size: stop, or take all of them.",
        choices=("fail", "take_all"),
    )
    splits: tuple[str, ...] = splits_option()


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan: ``--size`` images of each label, and all images of the other splits."""
    (source,) = sources
    is_sliced = in_splits(source.examples, options.splits)
    is_selected = ~is_sliced
    notes = []
    for label, indices in _by_label(source, is_sliced).items():
        if len(indices) < options.size:
            if options.on_short == "fail":
                raise InputError(
                    f"--size={options.size} asks for more images than label {label!r} has "
                    f"({len(indices)}); lower it or pass --on_short=take_all"
                )
            notes.append(f"label {label!r} has {len(indices)} of {options.size}: all taken")
        ranked = sorted(indices, key=lambda i: random_rank(options.seed, source.examples[i]))
        is_selected[ranked[: options.size]] = True
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=np.flatnonzero(is_selected),
        arguments=history_arguments(options, "size", "seed", "on_short", "splits"),
        trained_on=source.trained_on,
        notes=tuple(notes),
        has_label_lists=True,
    )


def _by_label(source: Source, is_sliced: np.ndarray) -> dict[str, list[int]]:
    by_label: dict[str, list[int]] = {label: [] for label in source.class_names}
    for index in np.flatnonzero(is_sliced).tolist():
        by_label[source.examples[index].label].append(index)
    return by_label
