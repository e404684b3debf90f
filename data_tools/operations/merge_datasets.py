"""Several data sets merged into one ([Baker2018], appendix, ``merge_datasets``).

Deviations from [Baker2018]: any number of inputs; files of the same name are kept under new names,
where in [Baker2018] one overwrites the other; the origin of every image is recorded. The classes
are those of the first input, in its order, followed by the new ones of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import merged_trained_on, relocated
from data_tools.sources import Example, Source

#: Where the images of an input without splits go if another input is split.
_DEFAULT_SPLIT = "train"


@dataclass(frozen=True)
class IntoSplit:
    """Placement of examples without a split in the training split."""

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example with its new place."""
        return example if example.split else relocated(example, split=_DEFAULT_SPLIT)


@dataclass(frozen=True)
class Unmoved:
    """Placement that keeps path and label; the writer still renames paths that collide."""

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example unchanged."""
        return example


def plan(sources: Sequence[Source], options: ConversionOptions) -> Plan:
    """Return the plan: the images of all sources, one source after the other."""
    examples = JoinedExamples(sources)
    is_split = any(source.splits for source in sources)
    return Plan(
        class_names=tuple(dict.fromkeys(name for source in sources for name in source.class_names)),
        examples=examples,
        order=range(len(examples)),
        place=IntoSplit() if is_split else Unmoved(),
        arguments={"sources": [source.name for source in sources]},
        trained_on=merged_trained_on(sources),
        has_label_lists=True,
    )
