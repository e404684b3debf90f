"""Several data sets in one ([Baker2018], appendix, `merge_datasets`).

Deviations from B: any number of inputs; files of the same name are kept under new names, where B
lets one overwrite the other; the origin of every image is on record. The classes are those of the
first input, in its order, and behind them the new ones of the others.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from data_tools.conversion.plan import JoinedExamples, Plan, placed, united_trained_on
from data_tools.sources import Example, Source

#: Where the images of an input without splits go, if another input is split.
_DEFAULT_SPLIT = "train"


@dataclass(frozen=True)
class IntoSplit:
    """Puts what has no split into the training split."""

    def __call__(self, index: int, example: Example) -> Example:
        """Returns the example as it is to be placed."""
        return example if example.split else placed(example, split=_DEFAULT_SPLIT)


@dataclass(frozen=True)
class AsItIs:
    """Leaves path and label alone; the writer still renames what collides."""

    def __call__(self, index: int, example: Example) -> Example:
        """Returns the example."""
        return example


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan: the images of all sources, one source behind the other."""
    examples = JoinedExamples(sources)
    is_split = any(source.splits for source in sources)
    return Plan(
        class_names=tuple(dict.fromkeys(name for source in sources for name in source.class_names)),
        examples=examples,
        order=range(len(examples)),
        place=IntoSplit() if is_split else AsItIs(),
        arguments={"sources": [source.name for source in sources]},
        trained_on=united_trained_on(sources),
        has_label_lists=True,
    )
