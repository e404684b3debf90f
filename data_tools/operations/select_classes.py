"""Selection, renaming, merging and limiting of classes.

[Bloice2018] needs benign and malignant lesions, [Wolyniec2020] actinic keratoses alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import JoinedExamples, Plan
from data_tools.conversion.plan_helpers import history_arguments, random_rank, relocated
from data_tools.errors import InputError, UsageError
from data_tools.options import option, seed_option
from data_tools.sources import Example, Source

_LIMITED_SPLITS = ("", "train")


def parse_renames(text: str) -> dict[str, str]:
    """Return "a=x,b=x" as a mapping from old to new names.

    >>> parse_renames("nv=benign,mel=malignant")
    {'nv': 'benign', 'mel': 'malignant'}
    """
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(old and new for old, _, new in pairs):
        raise ValueError("is not of the form OLD=NEW,OLD=NEW")
    return {old: new for old, _, new in pairs}


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``select_classes``."""

    keep: tuple[str, ...] | None = option(None, "Classes to keep, comma-separated.")
    drop: tuple[str, ...] | None = option(None, "Classes to leave out, comma-separated.")
    map: Mapping[str, str] | None = option(
        None,
        "New class names as OLD=NEW,OLD=NEW; classes with the same new name are merged.",
        parse=parse_renames,
    )
    max_images_per_class: int | None = option(
        None, "Keep at most this many training images per class.", lower=1
    )
    seed: int = seed_option("Seed of the draw for --max_images_per_class.")


@dataclass(frozen=True)
class Rename:
    """Placement of each image under the new name of its label."""

    new_names: Mapping[str, str]

    def __call__(self, index: int, example: Example) -> Example:
        """Return the example under its new label."""
        return relocated(example, label=self.new_names[example.label])


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan: classes are selected in every split, but only ``train`` is limited."""
    (source,) = sources
    new_names = _new_names(source, options)
    indices = [index for index, example in enumerate(source.examples) if example.label in new_names]
    order = np.asarray(indices, np.int64)
    if options.max_images_per_class is not None:
        order = _limited(source, order, new_names, options.max_images_per_class, options.seed)
    return Plan(
        class_names=tuple(dict.fromkeys(new_names.values())),
        examples=JoinedExamples(sources),
        order=order,
        place=Rename(new_names),
        arguments=history_arguments(options, "keep", "drop", "map", "max_images_per_class", "seed"),
        trained_on=source.trained_on,
    )


def _new_names(source: Source, options: Options) -> dict[str, str]:
    """Return the new name of each class that is kept."""
    if options.keep is not None and options.drop is not None:
        raise UsageError("--keep and --drop are mutually exclusive; pass one")
    renames = options.map or {}
    for flag, names in (("keep", options.keep), ("drop", options.drop), ("map", renames)):
        for name in names or ():
            if name not in source.class_names:
                raise InputError(
                    f"--{flag}: {source.spec} has no class {name!r}, "
                    f"only {', '.join(source.class_names)}"
                )
    kept = [
        name
        for name in source.class_names
        if (options.keep is None or name in options.keep) and name not in (options.drop or ())
    ]
    if not kept:
        raise InputError("--keep and --drop leave no class; keep at least one")
    return {name: renames.get(name, name) for name in kept}


def _limited(
    source: Source, order: np.ndarray, new_names: Mapping[str, str], limit: int, seed: int
) -> np.ndarray:
    """Return the order with at most ``limit`` random training images of each new class."""
    by_label: dict[str, list[int]] = {}
    kept = []
    for index in order.tolist():
        example = source.examples[index]
        if example.split in _LIMITED_SPLITS:
            by_label.setdefault(new_names[example.label], []).append(index)
        else:
            kept.append(index)
    for indices in by_label.values():
        kept += sorted(indices, key=lambda index: random_rank(seed, source.examples[index]))[:limit]
    return np.sort(np.asarray(kept, np.int64))
