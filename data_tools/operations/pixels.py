"""What the operations that change pixels share: all images stay, those of some splits change."""

from collections.abc import Mapping, Sequence
from typing import Any

from data_tools.conversion.plan import JoinedExamples, Plan, Transform
from data_tools.sources import Source


def transformed(
    sources: Sequence[Source],
    transform: Transform,
    splits: Sequence[str],
    arguments: Mapping[str, Any],
) -> Plan:
    """Returns the plan that changes the images of some splits and carries the rest over.

    Args:
      sources: exactly one.
      transform: what is done to the pixels.
      splits: names of the splits that change; a source that is not split changes.
      arguments: for the history of the images.
    """
    (source,) = sources
    carried = [split for split in source.splits if split not in splits]
    notes = ()
    if carried:
        notes = (f"carried over unchanged: {', '.join(carried)} (--splits=all changes them too)",)
    return Plan(
        class_names=source.class_names,
        examples=JoinedExamples(sources),
        order=range(len(source.examples)),
        transform=transform,
        transformed_splits=frozenset(("", *splits)),
        arguments={**arguments, "splits": splits},
        trained_on=source.trained_on,
        notes=notes,
    )
