"""Make a new data set from others; the sources are never modified.

  python -m data_tools convert --op=resize_images --data_dir=photos --height=64 --dest=small
  python -m data_tools convert --op=resize_images --help

With --op, --help also shows the flags of that operation.
"""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from data_tools import command_line
from data_tools.conversion.options import ConversionOptions
from data_tools.errors import UsageError
from data_tools.flag_table import FlagTable
from data_tools.flagfiles import expanded
from data_tools.folders.options import FolderOptions
from data_tools.formats.record_keys import SchemaOptions
from data_tools.operations import OPERATIONS, Operation
from data_tools.options import define_options, option_names, options_from


def define_flags(arguments: Sequence[str] = ()) -> flags.FlagValues:
    """Return the flags of this command, not yet parsed.

    Args:
      arguments: those of the command; if they have ``--op``, its own flags are defined too.

    Raises:
      UsageError: there is no such operation, or a flag belongs to other operations only.
    """
    define = FlagTable()
    summaries = [f"  {name:<22}{entry.summary}" for name, entry in OPERATIONS.items()]
    define.text("op", None, "\n".join(["Operation, one of:", *summaries]))
    define.sources(
        "data_dir",
        "Folder, TFRecords (a folder, file, pattern of files, or URL), idx files, tfds:NAME or "
        "sklearn:digits; repeatable.",
    )
    define.source("data_dir2", "Another --data_dir.")
    define.folder("dest", "Folder of the new data set; must not exist.")
    define_options(define, FolderOptions)
    define_options(define, SchemaOptions)
    define.workers()
    words = list(expanded(arguments))
    op = _operation_name(words)
    define_options(define, OPERATIONS[op].options_class() if op else ConversionOptions)
    _refuse_foreign_flags(words, op, define.values)
    return define.values


def main(values: flags.FlagValues) -> None:
    """Carry out the operation that the flags describe."""
    command_line.require(values, "op", "data_dir", "dest")
    operation = OPERATIONS[values.op]
    specs = [*values.data_dir, *([values.data_dir2] if values.data_dir2 else [])]
    _require_num_sources(values.op, operation, len(specs))
    if values.strip_metadata and values.on_bad == "quarantine":
        raise UsageError("--on_bad=quarantine keeps files as they are; not with --strip_metadata")

    from data_tools.conversion.convert import convert
    from data_tools.sources import is_flat_folder, open_source, takes_schema
    from data_tools.workers import default_num_workers

    dest = Path(values.dest)
    command_line.require_absent(values.dest)
    options = options_from(
        values,
        operation.options_class(),
        operation=values.op,
        name=dest.absolute().name,
        num_workers=values.workers or default_num_workers(),
    )
    if values.schema and not any(map(takes_schema, specs)):
        raise UsageError("--schema is for TFRecords without metadata; no --data_dir names any")
    sources = [
        open_source(
            spec,
            unlabeled=values.unlabeled or (operation.takes_flat_folder and is_flat_folder(spec)),
            nested=values.nested,
            allow_unexpected=True,
            schema=values.schema if values.schema and takes_schema(spec) else None,
        )
        for spec in specs
    ]
    convert(operation.load().plan, sources, dest, options)


def _operation_name(words: Sequence[str]) -> str | None:
    """Return the value of ``--op`` among the arguments, or None."""
    define = FlagTable()
    define.choice("op", None, tuple(OPERATIONS), "")
    define.values.set_gnu_getopt(True)
    try:
        define.values(["convert", *words], known_only=True)
    except flags.Error as error:
        raise UsageError(" ".join(str(error).split())) from None
    return define.values.op


def _refuse_foreign_flags(
    words: Sequence[str], op: str | None, flag_values: flags.FlagValues
) -> None:
    """Raise UsageError for a flag that belongs only to operations other than ``op``."""
    flag_words = [word.partition("=")[0] for word in words if word.startswith("-")]
    names = {word.lstrip("-") for word in flag_words if word not in command_line.HELP_FLAGS}
    unknown = names - set(flag_values) - {f"no{name}" for name in flag_values}
    # Importing every operation is slow, but with an unknown flag the command ends anyway.
    for name in sorted(unknown):
        users = [
            other
            for other, operation in OPERATIONS.items()
            if name in option_names(operation.options_class())
        ]
        if users and not op:
            raise UsageError("--op is missing; see --help")
        if users:
            raise UsageError(f"--{name} does not apply to --op={op}, only to {', '.join(users)}")


def _require_num_sources(op: str, operation: Operation, number: int) -> None:
    fewest, most = operation.num_sources
    if number < fewest or (most is not None and number > most):
        expected = f"exactly {fewest}" if fewest == most else f"at least {fewest}"
        raise UsageError(f"--op={op} takes {expected} --data_dir")
