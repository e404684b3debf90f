"""A command's own table of flags, one short line a flag."""

from collections.abc import Sequence

from absl import flags

MAX_SEED = 2**32 - 1


class FlagTable:
    """Defines flags in a table of their own, not in absl's global one.

    Methods take a flag's name, its default (None is "not given") and its help.

    Attributes:
      values: the table, unparsed.
    """

    def __init__(self):
        self.values = flags.FlagValues()

    def text(self, name: str, default: str | None, description: str) -> None:
        """A text."""
        flags.DEFINE_string(name, default, description, flag_values=self.values)

    def texts(self, name: str, description: str) -> None:
        """A list of texts, one each time that the flag is given; empty unless it is."""
        flags.DEFINE_multi_string(name, [], description, flag_values=self.values)

    def names(self, name: str, default: str, description: str) -> None:
        """A list of texts with commas between them."""
        flags.DEFINE_list(name, default, description, flag_values=self.values)

    def choice(
        self, name: str, default: str | None, choices: Sequence[str], description: str
    ) -> None:
        """One of several texts."""
        flags.DEFINE_enum(name, default, list(choices), description, flag_values=self.values)

    def switch(self, name: str, description: str) -> None:
        """True when given as ``--name``, False unless given."""
        flags.DEFINE_boolean(name, False, description, flag_values=self.values)

    def whole(self, name: str, default: int | None, description: str, lower: int = 1) -> None:
        """A whole number of at least ``lower``."""
        flags.DEFINE_integer(name, default, description, lower_bound=lower, flag_values=self.values)

    def seed(self, description: str) -> None:
        """``--seed``, 0 unless given: what NumPy and scikit-learn take for one."""
        flags.DEFINE_integer(
            "seed",
            0,
            description,
            lower_bound=0,
            upper_bound=MAX_SEED,
            flag_values=self.values,
        )

    def whole_or_word(self, name: str, default: int | str, word: str, description: str) -> None:
        """A whole number of at least 0, or one word."""
        parser = _WholeOrWord(word)
        flags.DEFINE(parser, name, default, description, self.values, flags.ArgumentSerializer())

    def number(
        self,
        name: str,
        default: float | None,
        description: str,
        lower: float = 0.0,
        upper: float | None = None,
    ) -> None:
        """A number from ``lower`` to ``upper``, both included."""
        flags.DEFINE_float(
            name,
            default,
            description,
            lower_bound=lower,
            upper_bound=upper,
            flag_values=self.values,
        )


class _WholeOrWord(flags.ArgumentParser):
    """Reads a whole number of at least 0, or one word."""

    def __init__(self, word: str):
        self._word = word
        self.syntactic_help = f"a whole number or {word}"

    def parse(self, argument):
        """The number, or the word; raises ValueError for anything else."""
        if argument == self._word:
            return argument
        number = int(argument) if str(argument).isascii() and str(argument).isdigit() else -1
        if number < 0:
            raise ValueError(f"is neither a whole number of at least 0 nor {self._word}")
        return number

    def flag_type(self):
        """How help names the kind of value."""
        return self.syntactic_help
