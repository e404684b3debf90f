"""Flags that name what a command reads and writes, and the guard that keeps the two apart."""

import os
from collections.abc import Iterator
from pathlib import Path

from absl import flags

from data_tools.errors import InputError
from data_tools.files.file_systems import is_remote
from data_tools.files.locations import candidate_paths


class SourceParser(flags.ArgumentParser):
    """Parser of the spec of a source, which no command may write into."""

    def flag_type(self):
        """Return the type of value, for help."""
        return "string"


class OutputParser(flags.ArgumentParser):
    """Parser of the path of a folder to write; refuses URLs."""

    def parse(self, argument):
        """Return the path; raise ValueError for a URL."""
        if is_remote(argument):
            raise ValueError("is a URL; name a folder of this machine")
        return argument

    def flag_type(self):
        """Return the type of value, for help."""
        return "string"


def refuse_outputs_in_sources(flag_values: flags.FlagValues) -> None:
    """Raise InputError if a folder to write is, or lies in, the folder of a source."""
    for output in flag_values:
        path = flag_values[output].value
        if isinstance(flag_values[output].parser, OutputParser) and path:
            for name, spec in _sources(flag_values):
                refuse_output_in_source(f"--{output}={path}", path, f"--{name}={spec}", spec)


def refuse_output_in_source(output: str, path: Path | str, source: str, spec: str) -> None:
    """Raise InputError if a folder to write is, or lies in, the folder of a source.

    Links and ``..`` are followed. A data set of another machine or of a library and a pattern of
    shards have no folder of their own.

    Args:
      output: the folder to write, as the message names it.
      path: its path; it need not exist.
      source: the source, as the message names it.
      spec: its spec.
    """
    candidates = candidate_paths(spec.removeprefix("file://"))
    folder = next((path for path in candidates if path.is_dir()), None)
    if folder is None:
        return
    folder, path = os.path.realpath(folder), os.path.realpath(path)
    if path == folder:
        raise InputError(f"{output} is the folder of {source}; choose another")
    if Path(path).is_relative_to(folder):
        raise InputError(f"{output} is inside {source}; choose another")


def _sources(flag_values: flags.FlagValues) -> Iterator[tuple[str, str]]:
    """Yield the name of each flag that gives a source, with each of its values."""
    for name in flag_values:
        flag = flag_values[name]
        if isinstance(flag.parser, SourceParser) and flag.value:
            for spec in flag.value if isinstance(flag.value, list) else [flag.value]:
                yield name, spec
