"""An entry of a table appears in --help by itself; docs/extending.md shows the same for metrics."""

import subprocess
import sys

import pytest

PROGRAM = """
from importlib import import_module

table = getattr(import_module({module!r}), {table!r})
table["toy"] = next(iter(table.values()))
from data_tools.command_line import help_text

print(help_text(import_module({command!r}).define_flags(), ""))
"""


@pytest.mark.parametrize(
    ("module", "table", "command", "flag"),
    [
        ("gan_tf.gans", "GANS", "gan_tf.train", "gan"),
        ("gan_tf.metrics", "EXTRACTORS", "gan_tf.embed", "features"),
        ("gan_tf.classifiers", "CLASSIFIERS", "gan_tf.evaluate", "classifier"),
        ("gan_tf.classifiers", "AUGMENTATIONS", "gan_tf.evaluate", "augment"),
        ("gan_tf.study.design.arms", "ARMS", "gan_tf.evaluate", "arms"),
    ],
)
def test_a_toy_entry_appears_in_help(module, table, command, flag):
    program = PROGRAM.format(module=module, table=table, command=command)
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    (line,) = [line for line in result.stdout.splitlines() if line.startswith(f"  --{flag} ")]
    assert ",toy}" in line
