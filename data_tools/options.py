"""Options that become flags: a frozen dataclass whose every field is one flag.

  @dataclass(frozen=True)
  class TileOptions:
      height: int = option(28, "Height of a tile in pixels.", lower=1)

  define_options(table, TileOptions)               # defines --height
  options = options_from(values, TileOptions)      # TileOptions(height=28)

The annotation of a field says what its flag reads: ``str``, ``int``, ``float``, ``bool``,
``int | str`` (a number or one of the choices), or a tuple such as ``tuple[str, ...]``
(comma-separated); each also with ``| None`` for "not given".
"""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from absl import flags

from data_tools.errors import UsageError
from data_tools.flag_table import MAX_SEED, FlagTable

Options = TypeVar("Options")

#: The default of an option that must be given.
REQUIRED = dataclasses.MISSING
_METADATA = "option"
_NUMBER_NAMES = {int: "an integer", float: "a number"}


class Option(NamedTuple):
    """The help of a flag and the values it accepts, beyond its name, default and type."""

    help: str
    lower: float | None
    upper: float | None
    choices: tuple[str, ...]
    parse: Callable[[str], Any] | None


def option(
    default: Any,
    help: str,
    *,
    lower: float | None = None,
    upper: float | None = None,
    choices: Sequence[str] | None = None,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """Return a dataclass field that is also a flag.

    Args:
      default: default value; ``REQUIRED`` if the flag must be given.
      help: one or two sentences for ``--help``.
      lower: smallest number allowed.
      upper: largest number allowed.
      choices: the words allowed.
      parse: parses the flag's text instead of the parser for the annotated type; raises
        ValueError with a message.
    """
    metadata = {_METADATA: Option(help, lower, upper, tuple(choices or ()), parse)}
    return dataclasses.field(default=default, metadata=metadata)


def seed_option(help: str) -> Any:
    """Return an option for a seed, default 0, in the range that NumPy and scikit-learn accept."""
    return option(0, help, lower=0, upper=MAX_SEED)


def define_options(table: FlagTable, options_class: type) -> None:
    """Define a flag for each option of a dataclass; other fields get none."""
    annotations = typing.get_type_hints(options_class)
    for field, what in _options(options_class):
        default = None if field.default is REQUIRED else field.default
        _define(table, field.name, default, _kinds(annotations[field.name]), what)


def options_from(
    values: flags.FlagValues | Mapping[str, Any], options_class: type[Options], **others: Any
) -> Options:
    """Return an instance with the values of parsed flags.

    Args:
      values: the parsed flags, or their values by name.
      options_class: the dataclass; flags that are not its own are ignored.
      **others: values of the fields that are not options.

    Raises:
      UsageError: if an option that must be given is missing.
    """
    given = {}
    for field, _ in _options(options_class):
        value = values[field.name]
        given[field.name] = value.value if isinstance(value, flags.Flag) else value
        if field.default is REQUIRED and given[field.name] is None:
            raise UsageError(f"--{field.name} is missing; see --help")
    return options_class(**given, **others)


def option_names(options_class: type) -> tuple[str, ...]:
    """Return the names of a dataclass's options."""
    return tuple(field.name for field, _ in _options(options_class))


def _options(options_class: type) -> Iterator[tuple[dataclasses.Field, Option]]:
    for field in dataclasses.fields(options_class):
        if _METADATA in field.metadata:
            yield field, field.metadata[_METADATA]


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Return the types that an annotation allows, without None."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return tuple(kind for kind in typing.get_args(annotation) if kind is not type(None))
    return (annotation,)


def _define(
    table: FlagTable, name: str, default: Any, kinds: tuple[Any, ...], what: Option
) -> None:
    text, lower, upper, choices, parse = what
    if parse is not None:
        table.custom(name, default, _Custom(parse), text)
    elif set(kinds) == {int, str}:
        table.integer_or_word(name, default, choices, text, lower=lower or 0)
    elif typing.get_origin(kinds[0]) is tuple:
        table.custom(name, default, _Tuple(typing.get_args(kinds[0])[0], what), text)
    elif kinds == (bool,):
        table.switch(name, text, default)
    elif kinds == (int,):
        table.integer(name, default, text, lower, upper)
    elif kinds == (float,):
        table.number(name, default, text, lower, upper)
    elif kinds == (str,) and choices:
        table.choice(name, default, choices, text)
    elif kinds == (str,):
        table.text(name, default, text)
    else:
        raise TypeError(f"option {name!r} has a type that no flag reads: {kinds}; give it a parse")


class _Custom(flags.ArgumentParser):
    """Parser that calls a function; defaults are already parsed."""

    def __init__(self, parse: Callable[[str], Any]):
        self._parse = parse

    def parse(self, argument):
        """Return the value; raise ValueError if it is invalid."""
        return self._parse(argument) if isinstance(argument, str) else argument


class _Tuple(flags.ArgumentParser):
    """Parser of comma-separated values; "" is the empty tuple."""

    def __init__(self, kind: type, what: Option):
        self._kind = kind
        self._what = what
        self._list_parser = flags.ListParser()
        self.enum_values = what.choices

    def parse(self, argument):
        """Return the values; raise ValueError if one is invalid."""
        if not isinstance(argument, str):
            return argument
        return tuple(self._item(part) for part in self._list_parser.parse(argument))

    def _item(self, text: str) -> Any:
        _, lower, upper, choices, _ = self._what
        if not text:
            raise ValueError("has an empty item between its commas")
        if choices and text not in choices:
            raise ValueError(f"{text!r} is not one of {', '.join(choices)}")
        if self._kind is str:
            return text
        try:
            number = self._kind(text)
        except ValueError:
            number = math.nan
        if not abs(number) < math.inf:
            raise ValueError(f"{text!r} is not {_NUMBER_NAMES[self._kind]}")
        if lower is not None and not number >= lower:
            raise ValueError(f"{text} is less than {lower}")
        if upper is not None and not number <= upper:
            raise ValueError(f"{text} is more than {upper}")
        return number
