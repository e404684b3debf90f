"""An entry of a table appears in --help by itself."""

import subprocess
import sys

import pytest

PROGRAM = """
from data_tools.command_line import help_text
from gan_tf.classifiers.recipe import AUGMENTATIONS, CLASSIFIERS
from gan_tf.study.design.arms import ARMS

{table}["toy"] = next(iter({table}.values()))
from gan_tf import evaluate

print(help_text(evaluate.define_flags(), ""))
"""


@pytest.mark.parametrize(
    ("table", "flag"),
    [("ARMS", "arms"), ("AUGMENTATIONS", "augment"), ("CLASSIFIERS", "classifier")],
)
def test_a_toy_entry_appears_in_help(table, flag):
    program = [sys.executable, "-c", PROGRAM.format(table=table)]
    text = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    (line,) = [line for line in text.splitlines() if line.startswith(f"  --{flag} ")]
    assert ",toy}" in line
