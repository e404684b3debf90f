"""A command's own table of flags."""

import math
from collections.abc import Sequence

from absl import flags

from data_tools.path_flags import OutputParser, SourceParser

MAX_SEED = 2**32 - 1


class FlagTable:
    """Flags in a table of their own instead of absl's global one.

    Every method defines one flag and takes its name, its default (None for "not given") and its
    help.

    Attributes:
      values: the table, not yet parsed.
    """

    def __init__(self):
        self.values = flags.FlagValues()

    def text(self, name: str, default: str | None, description: str) -> None:
        """Define a string."""
        flags.DEFINE_string(name, default, description, flag_values=self.values)

    def folder(self, name: str, description: str) -> None:
        """Define the path of a folder to write or resume, which must be on this machine."""
        self.custom(name, None, OutputParser(), description)

    def source(self, name: str, description: str) -> None:
        """Define the spec of a source to read."""
        self.custom(name, None, SourceParser(), description)

    def sources(self, name: str, description: str) -> None:
        """Define a repeatable spec of a source; the value is a list, empty by default."""
        flags.DEFINE_multi(
            SourceParser(), _Serializer(), name, [], description, flag_values=self.values
        )
        self.values[name].help = description

    def texts(self, name: str, description: str) -> None:
        """Define a repeatable string; the value is a list, empty by default."""
        flags.DEFINE_multi_string(name, [], description, flag_values=self.values)
        self.values[name].help = description

    def names(self, name: str, default: str, description: str) -> None:
        """Define a comma-separated list of strings."""
        flags.DEFINE_list(name, default, description, flag_values=self.values)

    def choice(
        self, name: str, default: str | None, choices: Sequence[str], description: str
    ) -> None:
        """Define a string that is one of ``choices``."""
        flags.DEFINE_enum(name, default, list(choices), description, flag_values=self.values)
        # absl's own help repeats the choices, which ``help_text`` shows already.
        self.values[name].help = description

    def switch(self, name: str, description: str, default: bool | None = False) -> None:
        """Define a boolean: ``--name`` sets it, ``--noname`` clears it."""
        flags.DEFINE_boolean(name, default, description, flag_values=self.values)

    def integer(
        self,
        name: str,
        default: int | None,
        description: str,
        lower: int | None = 1,
        upper: int | None = None,
    ) -> None:
        """Define an integer from ``lower`` to ``upper``, both included; None is unbounded."""
        self.custom(name, default, _Integer(lower, upper), description)

    def seed(self, description: str) -> None:
        """Define ``--seed``, default 0, in the range that NumPy and scikit-learn accept."""
        self.integer("seed", 0, description, lower=0, upper=MAX_SEED)

    def workers(self) -> None:
        """Define ``--workers``, the number of processes that read images."""
        self.integer("workers", None, "Number of processes; default: all processors.")

    def integer_or_word(
        self,
        name: str,
        default: int | str | None,
        words: Sequence[str],
        description: str,
        lower: int = 0,
    ) -> None:
        """Define an integer of at least ``lower``, or one of ``words``."""
        self.custom(name, default, _IntegerOrWord(words, lower), description)

    def number(
        self,
        name: str,
        default: float | None,
        description: str,
        lower: float | None = 0.0,
        upper: float | None = None,
    ) -> None:
        """Define a float from ``lower`` to ``upper``, both included; None is unbounded."""
        self.custom(name, default, _Float(lower, upper), description)

    def custom(
        self, name: str, default: object, parser: flags.ArgumentParser, description: str
    ) -> None:
        """Define a flag with a parser of its own."""
        flags.DEFINE(parser, name, default, description, self.values, _Serializer())


class _Serializer(flags.ArgumentSerializer):
    """Serializer that writes values as they are given on the command line."""

    def serialize(self, value):
        """Return the text of a value; of a tuple, its items with commas between them."""
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


class _Number(flags.ArgumentParser):
    """Parser whose errors say what was expected in words; NaN and infinity are refused.

    absl has "invalid literal for int() with base 10: 'two'" and "-1 is not number >= 0.001".
    """

    def __init__(self, lower: float | None, upper: float | None):
        super().__init__(lower, upper)
        for bound, words in ((lower, "at least"), (upper, "at most")):
            if self.syntactic_help.endswith(f"= {bound}"):
                self.syntactic_help = f"{self.number_article} {self.number_name} of {words} {bound}"

    def parse(self, argument):
        """Return the number; raise ValueError if it is invalid or out of bounds."""
        try:
            number = super().parse(argument)
        except (TypeError, ValueError):
            number = math.nan
        if not abs(number) < math.inf:
            raise ValueError(f"{argument} is not {self.syntactic_help}")
        return number


class _Integer(_Number, flags.IntegerParser):
    """Parser of an integer."""


class _Float(_Number, flags.FloatParser):
    """Parser of a float."""


class _IntegerOrWord(flags.ArgumentParser):
    """Parser of an integer of at least ``lower``, or one of several words."""

    def __init__(self, words: Sequence[str], lower: int):
        self._words = tuple(words)
        self._lower = lower
        self.syntactic_help = f"an integer or {' or '.join(words)}"

    def parse(self, argument):
        """Return the number or the word; raise ValueError for anything else."""
        if argument in self._words:
            return argument
        text = str(argument)
        if not (text.isascii() and text.isdigit() and int(text) >= self._lower):
            words = " nor ".join(self._words)
            raise ValueError(f"is neither an integer of at least {self._lower} nor {words}")
        return int(text)

    def flag_type(self):
        """Return the type of value, for help."""
        return self.syntactic_help
