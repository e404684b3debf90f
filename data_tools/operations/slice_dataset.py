"""So many random images of each label ([Baker2018], appendix, `slice_dataset`).

Deviations from B: seeded; nested (the slice of 1,000 lies inside that of 2,000 of the same seed);
a label that has too few images is an error, where B ends short in silence.
"""

import argparse
import hashlib
from collections.abc import Sequence

import numpy as np

from data_tools.conversion.plan import JoinedExamples, Plan, acted_on, given_flags
from data_tools.errors import InputError
from data_tools.sources import Example, Source


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan: `--size` images of each label, and all of the splits not acted on."""
    (source,) = sources
    acted = acted_on(source.examples, options.splits)
    chosen = ~acted
    notes = []
    for label, indexes in _by_label(source, acted).items():
        if len(indexes) < options.size:
            if options.on_short == "fail":
                raise InputError(
                    f"--size={options.size} asks for more images than label {label!r} has "
                    f"({len(indexes)}); lower it or pass --on_short=take_all"
                )
            notes.append(f"label {label!r} has {len(indexes)} of {options.size}: all taken")
        ranked = sorted(indexes, key=lambda index: draw(options.seed, source.examples[index]))
        chosen[ranked[: options.size]] = True
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=np.flatnonzero(chosen),
        arguments=given_flags(options, "size", "seed", "on_short", "splits"),
        trained_on=source.trained_on,
        notes=tuple(notes),
        has_label_lists=True,
    )


def draw(seed: int, example: Example) -> bytes:
    """Returns a number, as bytes, that depends on the seed and the path of the example alone.

    So an image has the same rank in every slice, whatever other images there are.
    """
    text = f"{seed}/{example.path}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).digest()


def _by_label(source: Source, acted: np.ndarray) -> dict[str, list[int]]:
    by_label: dict[str, list[int]] = {label: [] for label in source.class_names}
    for index in np.flatnonzero(acted).tolist():
        by_label[source.examples[index].label].append(index)
    return by_label
