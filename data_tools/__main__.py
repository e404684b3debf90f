"""`python -m data_tools {convert,inspect,verify}`."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from data_tools import __version__
from data_tools.conversion.bad_images import POLICIES
from data_tools.errors import InputError
from data_tools.files.staging import DISK_ERRORS
from data_tools.flags import FLAGS, whole
from data_tools.operations import OPERATIONS, REQUIRED

_BAD_INPUT, _BAD_USAGE, _INTERRUPTED = 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exits with 2."""
        self.exit(_BAD_USAGE, f"error: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "convert":
            _resolve(parser, options)
            from data_tools.convert import convert

            convert(options)
            return 0
        if options.command == "inspect":
            from data_tools.inspect import inspect

            inspect(options)
            return 0
        from data_tools.verify import verify

        return _BAD_INPUT if verify(options) else 0
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return _BAD_INPUT
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return _BAD_INPUT
    except KeyboardInterrupt:
        print("error: interrupted; nothing is written", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="data_tools", description="Image folders in, data sets out.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_convert(commands)
    _add_inspect(commands)
    _add_verify(commands)
    return parser


def _add_inspect(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "inspect", help="count, measure, and look for duplicates and leaks", allow_abbrev=False
    )
    parser.add_argument("data_dir", metavar="SPEC", help="any source that convert takes")
    parser.add_argument(
        "--dest", metavar="DIR", help="for report.json and contact_sheet.png; default: a new folder"
    )
    parser.add_argument(
        "--distance",
        default=4,
        **{**FLAGS["distance"], "help": "bits in which hashes of near images may differ"},
    )
    _add_common(parser)


def _add_verify(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "verify", help="hash everything again and compare it with the manifest", allow_abbrev=False
    )
    parser.add_argument("data_dir", metavar="DIR", help="a data set that convert has written")
    _add_workers(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unlabeled",
        action="store_true",
        help="the source is a folder of images without label folders: one class",
    )
    _add_workers(parser)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=whole(1), metavar="N", help="processes; default: all processors"
    )


def _add_convert(commands: argparse._SubParsersAction) -> None:
    lines = [f"  {name:<22}{operation.summary}" for name, operation in OPERATIONS.items()]
    parser = commands.add_parser(
        "convert",
        help="make a new data set out of others; sources are never changed",
        epilog="operations:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--op", required=True, choices=OPERATIONS, metavar="OPERATION")
    parser.add_argument(
        "--data_dir",
        action="append",
        required=True,
        metavar="SPEC",
        help="folder, records, idx files, tfds:NAME or sklearn:digits; repeat it to merge",
    )
    parser.add_argument("--data_dir2", metavar="SPEC", help="one more --data_dir")
    parser.add_argument("--dest", required=True, metavar="DIR", help="the new data set itself")
    _add_common(parser)
    parser.add_argument(
        "--on_bad",
        choices=POLICIES,
        default="fail",
        help="unreadable files: stop, or leave out and list, or keep apart in _quarantine",
    )
    parser.add_argument(
        "--strip_metadata",
        action="store_true",
        help="leave out EXIF, file names and groups, for sharing",
    )
    for name, keywords in FLAGS.items():
        users = [op for op, operation in OPERATIONS.items() if name in operation.flags]
        text = f"{keywords['help']} [{', '.join(users)}]"
        parser.add_argument(f"--{name}", **{**keywords, "help": text.replace("%", "%%")})


def _resolve(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Fills in the defaults of the operation and refuses flags that it does not have."""
    operation = OPERATIONS[options.op]
    for name in FLAGS:
        given = getattr(options, name)
        if name not in operation.flags and given is not None:
            parser.error(f"--{name} has no meaning for --op={options.op}")
        if name in operation.flags and given is None:
            if operation.flags[name] is REQUIRED:
                parser.error(f"--op={options.op} needs --{name}")
            setattr(options, name, operation.flags[name])
    options.data_dir += [options.data_dir2] if options.data_dir2 else []
    least, most = operation.num_sources
    if len(options.data_dir) < least or (most is not None and len(options.data_dir) > most):
        wanted = f"exactly {least}" if least == most else f"at least {least}"
        parser.error(f"--op={options.op} takes {wanted} --data_dir")
    if options.strip_metadata and options.on_bad == "quarantine":
        parser.error("--on_bad=quarantine keeps files as they are; not with --strip_metadata")


def command() -> int:
    """Runs `main` as a process of its own."""
    # Idle threads of NumPy's linear algebra, which nothing here needs, would forbid a fork.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # File names need not be text in the terminal's encoding.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(errors="backslashreplace")
    return main()


if __name__ == "__main__":
    sys.exit(command())
