"""Flags of all commands that read floating-point numbers: none accepts NaN or infinity."""

import importlib

import pytest

from data_tools import __main__ as data_tools_main
from data_tools import convert
from data_tools.operations import OPERATIONS
from gan_tf import __main__ as gan_tf_main

#: Values that are not finite, some of them only after parsing.
NOT_FINITE = ("nan", "NaN", "inf", "-inf", "+Infinity", "1e999")
# One, two and three numbers: an open interval, a pair of percentiles, fractions of splits.
NUMBERS = ("0.5", "0.25,0.5", "0.5,0.25,0.25")


def tables():
    """Yield every command, or operation, and its flags."""
    for package, commands in (
        ("gan_tf", gan_tf_main.COMMANDS),
        ("data_tools", data_tools_main.COMMANDS),
    ):
        for command in commands:
            module = importlib.import_module(f"{package}.{command}")
            yield command, module.define_flags()
    for op in OPERATIONS:
        yield op, convert.define_flags([f"--op={op}"])


def read(flag, text):
    """Return the numbers that a flag reads from a text, or None if it refuses it."""
    try:
        value = flag.parser.parse(text)
    except (ValueError, TypeError, KeyError):
        return None
    return value if isinstance(value, tuple) else (value,)


def float_flags():
    """Return the flags that read numbers with a fraction, with a text that each accepts."""
    found = {}
    for command, values in tables():
        for name in values:
            for text in NUMBERS:
                numbers = read(values[name], text)
                if numbers and all(isinstance(number, float) for number in numbers):
                    found[command, name] = (values[name], text)
    return found


FLAGS = float_flags()


def test_the_flags_are_found():
    names = {name for _, name in FLAGS}
    assert {"learning_rate", "beta1", "percentiles", "fractions", "smallest_effect"} <= names


@pytest.mark.parametrize(("command", "name"), FLAGS)
def test_a_number_is_finite(command, name):
    flag, text = FLAGS[command, name]
    _, comma, rest = text.partition(",")
    for word in NOT_FINITE:
        assert read(flag, word + comma + rest) is None, f"--{name}={word}"
        assert read(flag, rest + comma + word) is None


@pytest.mark.parametrize(("command", "name"), FLAGS)
def test_no_number_is_negative(command, name):
    flag, text = FLAGS[command, name]
    assert read(flag, f"-{text}") is None
