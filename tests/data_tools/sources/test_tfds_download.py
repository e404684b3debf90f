"""The process that prepares a data set of TFDS."""

import subprocess
import sys

PROGRAM = """
import os, sys
from data_tools.sources.tfds_download import _python_messages
with _python_messages() as stream:
    os.write(2, b"a message of C++\\n")
    print("a progress bar", file=sys.stderr)
    print("a line", file=stream)
os.write(2, b"afterwards\\n")
"""


def test_only_python_writes_to_standard_error_while_tfds_works():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"a progress bar\na line\nafterwards\n")
