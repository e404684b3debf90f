"""Flagfiles, and values of flags as a shell would expand them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.errors import InputError, UsageError
from data_tools.files.text import read_text

_FLAGFILE_FLAGS = ("--flagfile", "-flagfile")


def flagfile_path(name: str, including: Path | None = None, packaged: Sequence[Path] = ()) -> Path:
    """Return where a flagfile is: as given, next to the file that includes it, or packaged.

    Args:
      name: the path as given.
      including: the flagfile that includes it.
      packaged: folders that come with the package. Only ``NAME`` and ``<folder's name>/NAME`` are
        looked up there: another path is the user's own, and if it is mistyped, the packaged file
        of that name is not what was meant.

    Raises:
      UsageError: there is no such file.
    """
    candidates = [Path(name)]
    if including is not None:
        candidates.append(including.parent / name)
    file_name = Path(name).name
    candidates += [
        folder / file_name
        for folder in packaged
        if name in (file_name, f"{folder.name}/{file_name}")
    ]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UsageError(f"--flagfile={name} does not exist; give the path of an existing file")


def expanded(
    arguments: Sequence[str], packaged: Sequence[Path] = (), including: tuple[Path, ...] = ()
) -> Iterator[str]:
    """Yield the arguments with each ``--flagfile`` replaced by the flags in the file.

    In the value of any flag, ``~`` in front of a path is the user's home, as the shell has it in
    ``--name ~/path`` but not in ``--name=~/path``.

    Args:
      arguments: arguments of a command.
      packaged: folders of flagfiles that come with the package, see ``flagfile_path``.
      including: the flagfiles that are being read, outermost first.

    Raises:
      UsageError: a flagfile does not exist, cannot be read or includes itself.
    """
    words = iter(arguments)
    for word in map(_with_home, words):
        flag, equals, name = word.partition("=")
        if flag not in _FLAGFILE_FLAGS:
            yield word
            continue
        name = name if equals else _with_home(next(words, ""))
        if not name:
            raise UsageError("--flagfile needs the path of a file")
        path = flagfile_path(name, including[-1] if including else None, packaged)
        if path.resolve() in [one.resolve() for one in including]:
            raise UsageError(f"--flagfile={name} includes itself; remove that line")
        yield from expanded(_flagfile_lines(path), packaged, (*including, path))


def _with_home(word: str) -> str:
    """Return ``--name=value`` or a value, with ~ expanded in front of each comma-separated path."""
    flag, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    parts = (
        os.path.expanduser(part) if part.partition("/")[0] == "~" else part
        for part in value.split(",")
    )
    return f"{flag}{equals}{','.join(parts)}"


def _flagfile_lines(path: Path) -> list[str]:
    """Return the flags in a flagfile: one per line, without blank lines and comments (#, //)."""
    try:
        lines = [line.strip() for line in read_text(path).content.splitlines()]
    except InputError as error:
        raise UsageError(f"--flagfile={error}") from None
    return [line for line in lines if line and not line.startswith(("#", "//"))]
