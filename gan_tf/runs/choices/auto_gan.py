"""The choice of ``--gan=auto``: a family and its options for the data at hand; no TensorFlow."""

from collections.abc import Callable
from typing import Any, NamedTuple

from data_tools.command_line import flag_lines
from gan_tf.runs.data.card import DataCard

#: A discriminator remembers the images of a smaller class, and the generator collapses.
SMALL_CLASS = 1000


class Rule(NamedTuple):
    """A value of a flag for some data.

    Attributes:
      flag: name of the flag.
      value: its value.
      data: the data that it is for, in words.
      applies: whether it is for a data set.
    """

    flag: str
    value: Any
    data: str
    applies: Callable[[DataCard], bool]


def _edges_are_at_most(pixels: int) -> Callable[[DataCard], bool]:
    return lambda data: max(data.image_shape[:2]) <= pixels


def _has_small_class(data: DataCard) -> bool:
    return min(data.class_counts) < SMALL_CLASS


def _is_color(data: DataCard) -> bool:
    return data.image_shape[2] == 3


def _is_small_and_color(data: DataCard) -> bool:
    return _has_small_class(data) and _is_color(data)


def _is_any(data: DataCard) -> bool:
    return True


_CHANGES = ("translation", "cutout")

#: Of the rules for a flag, the first that applies decides.
RULES = (
    Rule("gan", "projection_gan", "images with labels, or of one class", _is_any),
    Rule("latent_dim", 32, "edges up to 32 pixels", _edges_are_at_most(32)),
    Rule("latent_dim", 64, "edges up to 64 pixels", _edges_are_at_most(64)),
    Rule("latent_dim", 128, "longer edges", _is_any),
    Rule(
        "diff_augment",
        (*_CHANGES, "color"),
        f"a class under {SMALL_CLASS:,} images, 3 channels",
        _is_small_and_color,
    ),
    Rule(
        "diff_augment",
        _CHANGES,
        f"a class under {SMALL_CLASS:,} images, 1 channel",
        _has_small_class,
    ),
    Rule("mirror", True, "3 channels", _is_color),
)


def rules_for(data: DataCard) -> list[Rule]:
    """Return the rule that decides each flag, if any; the family comes first.

    >>> card = DataCard("digits", ("0", "1"), (2980, 2900), (28, 28, 1), "")
    >>> [f"--{rule.flag}={rule.value}" for rule in rules_for(card)]
    ['--gan=projection_gan', '--latent_dim=32']
    """
    chosen: dict[str, Rule] = {}
    for rule in RULES:
        if rule.flag not in chosen and rule.applies(data):
            chosen[rule.flag] = rule
    return list(chosen.values())


def as_text(data: DataCard, rules: list[Rule]) -> str:
    """Return the data, the rules that decide, and their flags for a command line, as lines."""
    height, width, channels = data.image_shape
    few, many = min(data.class_counts), max(data.class_counts)
    counts = f"{few}" if few == many else f"{few} to {many}"
    classes = f"{len(data.class_counts)} classes" if len(data.class_counts) > 1 else "1 class"
    flags = [line for rule in rules for line in flag_lines({rule.flag: rule.value})]
    return "\n  ".join(
        [
            f"--gan=auto for {data.name}: {classes} of {counts} images, {width}x{height} pixels "
            f"with {channels} channel{'s' if channels > 1 else ''}",
            *(f"{flag}: {rule.data}" for flag, rule in zip(flags, rules, strict=True)),
            f"chosen: {' '.join(flags)}",
        ]
    )
