"""Behavior that all commands share: parsing, help that exits with 0, and one-line errors.

A command module has ``define_flags() -> FlagValues`` and ``main(flag_values)``; ``run`` or, in a
program of several commands, ``exit_code`` ties them together. Flags live in a table of their
own, not in absl's global one, so that a command shows only its own flags and nothing outside
``main`` can read them. Heavy imports belong inside ``main``: ``--help`` must not wait for them.
"""

import os
import signal
import sys
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from absl import flags

from data_tools.errors import Caution, InputError, UsageError
from data_tools.files.staging import DISK_ERRORS, refuse_existing
from data_tools.flagfiles import expanded
from data_tools.path_flags import refuse_outputs_in_sources

INPUT_ERROR = 1
USAGE_ERROR = 2
INTERRUPTED = 130
TERMINATED = 143

HELP_FLAGS = frozenset({"-h", "-help", "--help", "--helpfull"})
_HELP_WIDTH = 100
_INDENT = " " * 6


def run(
    define_flags: Callable[[], flags.FlagValues],
    main: Callable[[flags.FlagValues], int | None],
    summary: str,
    packaged: Sequence[Path] = (),
) -> NoReturn:
    """Run one command with the arguments of this process, and exit with its code.

    Args:
      define_flags: returns the command's flags, not yet parsed.
      main: takes the parsed flags; returns an exit code, or None for 0.
      summary: the help text above the flags.
      packaged: folders of flagfiles that come with the package, see ``flagfile_path``.
    """
    prepare_process()
    sys.exit(exit_code(define_flags, main, summary, sys.argv[1:], packaged=packaged))


def prepare_process() -> None:
    """Make SIGTERM raise an exception, as Ctrl-C does, print any text, and show cautions.

    Workers are then terminated and temporary files removed. A ``main`` may install a handler of
    its own.
    """
    # A name may have characters that the terminal's encoding lacks, or bytes that are not UTF-8.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(TERMINATED))
    show_cautions()


def exit_code(
    define_flags: Callable[[], flags.FlagValues],
    main: Callable[[flags.FlagValues], int | None],
    summary: str,
    arguments: Sequence[str],
    *,
    positional: str | None = None,
    packaged: Sequence[Path] = (),
    interrupted: str | None = None,
) -> int:
    """Run one command, report bad input in one line, and return the exit code.

    Args:
      define_flags: returns the command's flags, not yet parsed.
      main: takes the parsed flags; returns an exit code, or None for 0.
      summary: the help text above the flags.
      arguments: everything after the command's name.
      positional: flag that takes the positional argument, see ``parse``.
      packaged: folders of flagfiles that come with the package, see ``flagfile_path``.
      interrupted: the error to print on Ctrl-C; None for no message.
    """
    try:
        if HELP_FLAGS & set(arguments):
            show(help_text(define_flags(), summary))
            return 0
        values = parse(define_flags(), arguments, positional=positional, packaged=packaged)
        return main(values) or 0
    except UsageError as error:
        return complain(error, USAGE_ERROR)
    except InputError as error:
        return complain(error, INPUT_ERROR)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        where = f"'{error.filename}'" if error.filename else "the output"
        return complain(f"{where} cannot be written or read: {error.strerror}", INPUT_ERROR)
    except KeyboardInterrupt:
        return complain(interrupted, INTERRUPTED) if interrupted else INTERRUPTED


def complain(error: Exception | str, code: int) -> int:
    """Print an error on standard error and return the exit code."""
    print(f"error: {error}".replace("\n", os.linesep + "  "), file=sys.stderr)
    return code


def show(text: str) -> None:
    """Print help; a reader that closes the pipe early, such as ``head``, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_cautions() -> None:
    """Print a ``Caution`` as one line; leave other warnings as they are."""
    others = warnings.showwarning

    def show_warning(message, category, *where):
        if issubclass(category, Caution):
            print(f"warning: {message}", file=sys.stderr)
        else:
            others(message, category, *where)

    warnings.showwarning = show_warning


def usage(program: str, commands: Mapping[str, str]) -> str:
    """Return the list of a program's commands, one per line."""
    lines = [f"usage: {program} COMMAND [--flag=value ...]", "", "commands (each has --help):"]
    return "\n".join([*lines, *(f"  {name:<12}{what}" for name, what in commands.items())])


def refuse_command(name: str, commands: Mapping[str, str]) -> int:
    """Report an unknown command ("" for none given) and return the exit code."""
    fault = f"'{name}' is not a command" if name else "no command is given"
    return complain(f"{fault}; choose one of {', '.join(commands)}", USAGE_ERROR)


def parse(
    flag_values: flags.FlagValues,
    arguments: Sequence[str],
    *,
    positional: str | None = None,
    packaged: Sequence[Path] = (),
) -> flags.FlagValues:
    """Parse arguments (without the program's name) into ``flag_values`` and return them.

    Args:
      flag_values: the flags, not yet parsed.
      arguments: ``--name=value`` words.
      positional: flag that takes one positional argument; None to refuse any.
      packaged: folders of flagfiles that come with the package, see ``flagfile_path``.

    Raises:
      UsageError: an unknown flag, a value of the wrong type, a positional argument, or a
        flagfile that cannot be read.
      InputError: a folder to write lies in the folder of a source.
    """
    try:
        flag_values.set_gnu_getopt(True)
        words = flag_values(["command", *expanded(arguments, packaged)])[1:]
        if positional is not None and words and not flag_values[positional].present:
            flag_values[positional].parse(words.pop(0))
    except flags.Error as error:
        raise UsageError(" ".join(str(error).split())) from None
    if words:
        raise UsageError(f"'{words[0]}' is not a flag; every argument is written --name=value")
    refuse_outputs_in_sources(flag_values)
    return flag_values


def resolved(flag_values: flags.FlagValues) -> dict[str, object]:
    """Return every flag's value by name, sorted by name."""
    return {name: flag_values[name].value for name in sorted(flag_values)}


def flag_lines(values: Mapping[str, object], leave_out: Sequence[str] = ()) -> list[str]:
    """Return the lines of a flagfile that sets these values; None values are omitted.

    A list becomes one line per item (a repeated flag), a tuple one line with commas.
    """
    lines = []
    for name, value in sorted(values.items()):
        if name in leave_out or value is None:
            continue
        if isinstance(value, bool):
            lines.append(f"--{name}" if value else f"--no{name}")
        elif isinstance(value, tuple):
            lines.append(f"--{name}={','.join(map(str, value))}")
        else:
            items = value if isinstance(value, list) else [value]
            lines += [f"--{name}={item}" for item in items]
    return lines


def set_defaults(flag_values: flags.FlagValues, defaults: Mapping[str, object]) -> None:
    """Set flags that were not given, by name, to other defaults."""
    for name, value in defaults.items():
        if not flag_values[name].present:
            flag_values[name].value = value


def require(flag_values: flags.FlagValues, *names: str) -> None:
    """Raise UsageError unless each of the flags has a value."""
    for name in names:
        if flag_values[name].value in (None, "", [], ()):
            raise UsageError(f"--{name} is missing; see --help")


def require_absent(dest: str) -> None:
    """Raise InputError if ``--dest`` exists or is below a file, before any slow work starts."""
    refuse_existing(Path(dest))


def help_text(flag_values: flags.FlagValues, summary: str) -> str:
    """Return the text of ``--help``: the summary, then each flag with its default."""
    lines = [summary.strip(), "", "Flags (also from files: --flagfile=PATH):"]
    for name in flag_values:
        flag = flag_values[name]
        shown = f"--[no]{name}" if flag.boolean else f"--{name}"
        if choices := getattr(flag.parser, "enum_values", ()):
            shown += f" {{{','.join(choices)}}}"
        if flag.default not in (None, "", [], ()) and flag.default is not False:
            default = flag.default_as_str.strip("'")
            shown += f" (default: {default})"
        lines.append(f"  {shown}")
        for line in flag.help.splitlines():
            lines += textwrap.wrap(
                line, _HELP_WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT
            )
    return "\n".join(lines)
