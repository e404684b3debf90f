"""What every command shares: flagfiles, help that exits 0, and one-line errors.

A command module has three parts: ``define_flags() -> FlagValues``, ``main(flags)`` and a last line
``cli.run(define_flags, main, __doc__)``. Flags live in a table of their own, not in absl's global
one, so that a command shows its flags alone and nothing outside ``main`` can read them. Heavy
imports belong inside ``main``: ``--help`` must not wait for TensorFlow.
"""

import importlib.resources
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from absl import flags

from data_tools.errors import Caution, InputError
from data_tools.files.staging import DISK_ERRORS, refuse_existing
from gan_tf.flag_table import FlagTable

USAGE_ERROR = 2
INPUT_ERROR = 1
INTERRUPTED = 130
TERMINATED = 143


class UsageError(InputError):
    """A flag that does not exist, lacks a value or contradicts another: exit code 2."""


def run(
    define_flags: Callable[[], flags.FlagValues],
    main: Callable[[flags.FlagValues], int | None],
    summary: str,
) -> None:
    """Parses the command line, calls ``main`` and exits with its code.

    SIGTERM ends a command as Ctrl-C does, by an exception, so that workers end and temporary files
    go; a ``main`` may do better.

    Args:
      define_flags: returns the command's flags, unparsed.
      main: takes the parsed flags; returns an exit code or None for 0.
      summary: the help text above the flags.
    """
    arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(TERMINATED))
    show_cautions()
    if {"-h", "-help", "--help", "--helpfull"} & set(arguments):
        _show_help(help_text(define_flags(), summary))
        sys.exit(0)
    try:
        code = main(parse(define_flags(), arguments))
    except UsageError as error:
        _complain(error, USAGE_ERROR)
    except InputError as error:
        _complain(error, INPUT_ERROR)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        where = f"'{error.filename}'" if error.filename else "the output"
        _complain(f"{where} cannot be written or read: {error.strerror}", INPUT_ERROR)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(code or 0)


def _show_help(text: str) -> None:
    """Prints the text; a reader that has seen enough, such as ``head``, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_cautions() -> None:
    """Shows a ``Caution`` as one line; other warnings stay as they are."""
    others = warnings.showwarning

    def show(message, category, *where):
        if issubclass(category, Caution):
            print(f"warning: {message}", file=sys.stderr)
        else:
            others(message, category, *where)

    warnings.showwarning = show


def parse(flag_values: flags.FlagValues, arguments: Sequence[str]) -> flags.FlagValues:
    """Parses ``arguments`` (without the program's name) into ``flag_values`` and returns them.

    Raises:
      UsageError: an unknown flag, a value of the wrong kind, a word that is no flag, a flagfile
        that cannot be read.
    """
    try:
        words = flag_values(["command", *expanded(arguments)])
    except flags.Error as error:
        raise UsageError(" ".join(str(error).split())) from None
    if len(words) > 1:
        raise UsageError(f"'{words[1]}' is not a flag; every argument is written --name=value")
    return flag_values


def resolved(flag_values: flags.FlagValues) -> dict[str, object]:
    """Every flag's value by name, in the order of names."""
    return {name: flag_values[name].value for name in sorted(flag_values)}


def flag_lines(chosen: Mapping[str, object], leave_out: Sequence[str] = ()) -> list[str]:
    """Resolved flags as the lines of a flagfile that gives them again; flags without value go."""
    lines = []
    for name, value in sorted(chosen.items()):
        if name in leave_out or value is None:
            continue
        if isinstance(value, bool):
            lines.append(f"--{name}" if value else f"--no{name}")
        else:
            values = value if isinstance(value, list) else [value]
            lines += [f"--{name}={each}" for each in values]
    return lines


def set_defaults(flag_values: flags.FlagValues, defaults: Mapping[str, object]) -> None:
    """Gives the flags that were not given other values than their defaults, by name."""
    for name, value in defaults.items():
        if not flag_values[name].present:
            flag_values[name].value = value


def define_step(define: FlagTable) -> None:
    """Defines ``--step``, the checkpoint of a run; ``checkpoint_step`` reads it."""
    define.text(
        "step",
        None,
        "Checkpoint to use: a number, or best by --best_metric of its training; the latest unless "
        "given.",
    )


def checkpoint_step(flag_values: flags.FlagValues) -> int | str | None:
    """The value of ``--step``: a number, "best", or None for the latest.

    Raises:
      UsageError: it is none of them.
    """
    step = flag_values.step
    if step in (None, "best"):
        return step
    if not step.isdecimal():
        raise UsageError(f"--step={step} is neither a number nor best")
    return int(step)


def require(flag_values: flags.FlagValues, *names: str) -> None:
    """Raises UsageError unless each of the flags has a value."""
    for name in names:
        if flag_values[name].value in (None, "", []):
            raise UsageError(f"--{name} is missing; see --help")


def require_absent(dest: str) -> None:
    """Raises InputError when there is no room for ``--dest``, before anything slow has begun."""
    refuse_existing(Path(dest))


def import_tensorflow() -> None:
    """Imports TensorFlow and looks for devices without its notes on the build and the processor.

    They are written by C++ code before any setting can reach it, so the file descriptor is closed
    meanwhile; a Python error still comes through.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def help_text(flag_values: flags.FlagValues, summary: str) -> str:
    """The text of ``--help``: the summary, then each flag with its default."""
    lines = [summary.strip(), "", "Flags (also from files: --flagfile=PATH):"]
    for name in flag_values:
        flag = flag_values[name]
        values = flag.parser.enum_values if isinstance(flag, flags.EnumFlag) else ()
        kind = f" {{{','.join(values)}}}" if values else ""
        default = "" if flag.default in (None, "", []) else f" (default: {flag.default_as_str})"
        lines.append(f"  --{name}{kind}{default}\n      {flag.help}")
    return "\n".join(lines)


def flagfile_path(name: str, including: Path | None = None) -> Path:
    """Where the flagfile ``name`` is: as given, beside the file that names it, or in the package.

    In the package only ``NAME`` and ``experiments/NAME`` are sought: another path is the user's
    own, and where it is mistyped the package's file of that name is not what was meant.

    Raises:
      UsageError: it is in none of them.
    """
    candidates = [Path(name)]
    if including is not None:
        candidates.append(including.parent / name)
    packaged = Path(str(importlib.resources.files("gan_tf"))) / "experiments" / Path(name).name
    if name in (packaged.name, f"experiments/{packaged.name}"):
        candidates += [packaged, packaged.parents[2] / "experiments" / packaged.name]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UsageError(f"--flagfile={name} is not there; give the path of an existing file")


def expanded(arguments: Sequence[str], including: tuple[Path, ...] = ()) -> Iterator[str]:
    """``arguments`` with each ``--flagfile`` replaced by the flags that the file holds.

    Raises:
      UsageError: a flagfile is not there, cannot be read or includes itself.
    """
    words = iter(arguments)
    for word in words:
        if word in ("--flagfile", "-flagfile"):
            name = next(words, None)
        elif word.startswith(("--flagfile=", "-flagfile=")):
            name = word.partition("=")[2]
        else:
            yield word
            continue
        if not name:
            raise UsageError("--flagfile needs the path of a file")
        path = flagfile_path(name, including[-1] if including else None)
        if path in including:
            raise UsageError(f"--flagfile={name} includes itself; remove that line")
        yield from expanded(_flag_lines(path), (*including, path))


def _flag_lines(path: Path) -> list[str]:
    """The flags of a flagfile: one a line, blank lines and comments (#, //) left out."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--flagfile={path} cannot be read as text: {error}") from None
    return [line for line in lines if line and not line.startswith(("#", "//"))]


def _complain(error: Exception | str, code: int) -> None:
    print(f"error: {error}".replace("\n", os.linesep + "  "), file=sys.stderr)
    sys.exit(code)
