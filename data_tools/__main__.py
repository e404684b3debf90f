"""``python -m data_tools {convert,inspect,verify}``."""

import importlib
import os
import sys
from collections.abc import Sequence
from functools import partial

from data_tools import __version__, command_line

COMMANDS = {
    "convert": "make a new data set from others; the sources are never modified",
    "inspect": "report counts, sizes, duplicates and leaks between splits",
    "verify": "rehash a data set and compare it with its manifest",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Args:
      arguments: the command's name, then its flags; inspect and verify also take the data set as a
        positional argument.
    """
    name, *flags = arguments or [""]
    if name in command_line.HELP_FLAGS:
        command_line.show(command_line.usage("data-tools", COMMANDS))
        return 0
    if name == "--version":
        print(__version__)
        return 0
    if name not in COMMANDS:
        return command_line.refuse_command(name, COMMANDS)
    command = importlib.import_module(f"data_tools.{name}")
    define_flags, positional = command.define_flags, "data_dir"
    if name == "convert":
        # Its flags depend on --op.
        define_flags, positional = partial(command.define_flags, flags), None
    return command_line.exit_code(
        define_flags,
        command.main,
        command.__doc__,
        flags,
        positional=positional,
        interrupted="interrupted; nothing was written",
    )


def command() -> int:
    """Run ``main`` with the arguments of this process and return its exit code."""
    # Idle threads of NumPy's linear algebra, which nothing here needs, would rule out forking.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    command_line.prepare_process()
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(command())
