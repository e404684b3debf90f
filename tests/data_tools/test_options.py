"""Options: one dataclass field gives the flag, its help, its bounds and its value."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass

import pytest

from data_tools import command_line
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.options import REQUIRED, define_options, option, option_names, options_from


def parse_pairs(text):
    pairs = dict(part.split("=") for part in text.split(","))
    if "" in pairs.values():
        raise ValueError("has an empty name")
    return pairs


@dataclass(frozen=True)
class ToyOptions:
    count: int = option(REQUIRED, "How many.", lower=1, upper=9)
    path: str | None = option(None, "A file.")
    mode: str | None = option(None, "Which.", choices=("L", "RGB"))
    scale: float = option(1.0, "How large.", lower=0.5, upper=2.0)
    loud: bool = option(True, "Loudly.")
    every: int | str = option(500, "How often.", choices=("epoch",))
    names: tuple[str, ...] = option((), "Names.")
    splits: tuple[str, ...] = option(("train",), "Splits.", choices=("train", "test"))
    shares: tuple[float, ...] | None = option(None, "Shares.", lower=0, upper=1)
    weights: tuple[float, ...] = option((), "Weights.")
    sizes: tuple[int, ...] = option((), "Sizes.", lower=1)
    pairs: Mapping[str, str] | None = option(None, "Pairs.", parse=parse_pairs)
    title: str = "not an option"


def parsed(*arguments, **others):
    table = FlagTable()
    define_options(table, ToyOptions)
    values = command_line.parse(table.values, arguments)
    return options_from(values, ToyOptions, **others)


def test_defaults_are_those_of_the_fields():
    assert parsed("--count=3") == ToyOptions(count=3)
    with pytest.raises(FrozenInstanceError):
        parsed("--count=3").count = 4


def test_every_kind_of_value_is_read():
    options = parsed(
        *("--count=9", "--path=a b", "--mode=RGB", "--scale=0.5", "--noloud", "--every=epoch"),
        *("--names=a, b,c", "--splits=test,train", "--shares=0.8,0.2", "--sizes=28,64"),
        "--weights=-1e9,2.5",
        *("--pairs=a=x,b=x",),
        title="other",
    )
    assert options == ToyOptions(
        count=9,
        path="a b",
        mode="RGB",
        scale=0.5,
        loud=False,
        every="epoch",
        names=("a", "b", "c"),
        splits=("test", "train"),
        shares=(0.8, 0.2),
        weights=(-1e9, 2.5),
        sizes=(28, 64),
        pairs={"a": "x", "b": "x"},
        title="other",
    )
    assert parsed("--count=1", "--every=0").every == 0
    assert parsed("--count=1", "--loud").loud is True
    assert parsed("--count=1", "--names=").names == ()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--count=0", r"--count=0.* \[1, 9\]"),
        ("--count=10", r"--count=10.* \[1, 9\]"),
        ("--count=x", "--count=x"),
        ("--mode=CMYK", r"--mode=CMYK.*L\|RGB"),
        ("--scale=2.5", r"--scale=2.5.* \[0.5, 2.0\]"),
        ("--every=-1", "--every=-1.* neither an integer of at least 0 nor epoch"),
        ("--every=step", "--every=step.* neither an integer of at least 0 nor epoch"),
        ("--names=a,,b", "--names=a,,b.* an empty item"),
        ("--splits=train,valid", "'valid' is not one of train, test"),
        ("--shares=0.8,x", "'x' is not a number"),
        ("--shares=0.8,1.2", "1.2 is more than 1"),
        ("--shares=nan,1", "'nan' is not a number"),
        ("--weights=1,inf", "'inf' is not a number"),
        ("--sizes=28,0", "0 is less than 1"),
        ("--sizes=2.5", "'2.5' is not an integer"),
        ("--pairs=a=", "--pairs=a=: has an empty name"),
        ("--title=x", "Unknown command line flag 'title'"),
    ],
)
def test_a_value_that_is_not_allowed_is_a_usage_error(argument, message):
    with pytest.raises(UsageError, match=message):
        parsed("--count=3", argument)


def test_a_missing_required_option_is_reported():
    with pytest.raises(UsageError, match="--count is missing"):
        parsed()


def test_values_may_come_from_a_mapping():
    values = {name: None for name in option_names(ToyOptions)} | {"count": 2, "other": 5}
    assert options_from(values, ToyOptions).count == 2


def test_help_shows_choices_and_defaults():
    table = FlagTable()
    define_options(table, ToyOptions)
    text = command_line.help_text(table.values, "Does a thing.")
    for part in ("--mode {L,RGB}\n", "--splits {train,test} (default: train)\n      Splits."):
        assert part in text
    assert "title" not in text


def test_flag_lines_reproduce_the_options():
    options = parsed("--count=3", "--names=a,b", "--noloud", "--every=epoch")
    values = {name: getattr(options, name) for name in option_names(ToyOptions)}
    lines = command_line.flag_lines(values)
    assert "--names=a,b" in lines
    assert (
        parsed(*[line for line in lines if line not in ("--names=", "--weights=", "--sizes=")])
        == options
    )


def test_a_type_that_no_flag_reads_is_refused():
    @dataclass(frozen=True)
    class Odd:
        table: dict = option(None, "Odd.")

    with pytest.raises(TypeError, match="'table' has a type that no flag reads"):
        define_options(FlagTable(), Odd)
