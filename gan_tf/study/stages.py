"""The stages of an experiment: what their lines in a flagfile mean."""

import importlib.util
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError

RECORDS = "stages"
_NAME = re.compile(r"[a-z0-9_]+")
_PLACE = re.compile(r"\{(\w*)\}")


class Stage(NamedTuple):
    """One command of an experiment.

    Attributes:
      name: also the name of its output in the work directory.
      module: what ``python -m`` runs.
      arguments: the words after the module, every place filled in.
      flags: the same with each flagfile replaced by its flags, but for those that a later word
        gives again, and every output written as ``{stage}``: what the result depends on, wherever
        the work directory is.
      needs: the earlier stages whose output it reads.
      output: the file or folder that it makes.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    flags: tuple[str, ...]
    needs: tuple[str, ...]
    output: Path


def stages_from(
    lines: Sequence[str],
    values: Iterable[str],
    work_dir: Path,
    expanded: Callable[[Sequence[str]], Iterable[str]],
) -> tuple[Stage, ...]:
    """The stages that ``--stage`` lines describe, in their order.

    Args:
      lines: ``name: module word ...``. In a word, ``{stage}`` is the output of that stage or of
        one before it, and ``{value}`` a named value.
      values: ``name=text``; a later one of the same name wins.
      work_dir: where the outputs stand.
      expanded: replaces flagfiles among words by their flags.

    Raises:
      InputError: a line or value of another form, a name that is unknown, used twice or not at
        all, a stage that reads a later one, a module that does not exist.
    """
    if not lines:
        raise InputError("no --stage is given; name an experiment with --flagfile=PATH")
    texts = _named_values(values)
    stages: dict[str, Stage] = {}
    later = [_name_of(line) for line in lines]
    for line in lines:
        name = later.pop(0)
        if name in stages or name in texts or name == RECORDS:
            raise InputError(f"--stage={name}: the name is taken; choose another")
        module, *words = _words_of(line)
        if f"{{{name}}}" not in line:
            raise InputError(f"--stage={name} never says {{{name}}}: write its output there")
        outputs = {known: str(work_dir / known) for known in (*stages, name)}
        stages[name] = Stage(
            name,
            module,
            tuple(_filled(word, texts | outputs, name, later) for word in words),
            _counting_flags([_filled(word, texts, name) for word in words], expanded),
            tuple(known for known in stages if f"{{{known}}}" in line),
            work_dir / name,
        )
    _refuse_unused(texts, lines)
    return tuple(stages.values())


def _named_values(values: Iterable[str]) -> dict[str, str]:
    texts = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise InputError(f"--let={value} is not of the form name=value")
        texts[name] = text
    return texts


def _name_of(line: str) -> str:
    name, colon, _ = line.partition(":")
    if not colon or not _NAME.fullmatch(name):
        raise InputError(f"--stage={line} is not of the form 'name: module --flag=value ...'")
    return name


def _words_of(line: str) -> list[str]:
    """The module and its arguments; the module exists."""
    name, _, command = line.partition(":")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"--stage={name} cannot be split into words: {error}") from None
    if not words:
        raise InputError(f"--stage={name} has no command after the colon")
    try:
        found = importlib.util.find_spec(words[0])
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise InputError(f"--stage={name}: Python finds no module '{words[0]}'; mend its name")
    return words


def _filled(
    word: str, texts: dict[str, str], stage: str, later: Sequence[str] | None = None
) -> str:
    """``word`` with every ``{name}`` replaced; without ``later``, unknown names stay."""

    def text_of(place: re.Match[str]) -> str:
        name = place[1]
        if name in texts:
            return texts[name]
        if later is None:
            return place[0]
        if name in later:
            raise InputError(f"--stage={stage} names {{{name}}}, a later stage; put that one first")
        raise InputError(
            f"--stage={stage} names {{{name}}}, neither a stage nor a --let value; "
            f"known are {', '.join(texts)}"
        )

    return _PLACE.sub(text_of, word)


def _counting_flags(
    words: Sequence[str], expanded: Callable[[Sequence[str]], Iterable[str]]
) -> tuple[str, ...]:
    flags: list[str] = []
    for position, word in enumerate(words):
        later = {_flag_name(other) for other in words[position + 1 :]}
        flags += [f for f in expanded([word]) if f == word or _flag_name(f) not in later]
    return tuple(flags)


def _flag_name(word: str) -> str:
    return word.partition("=")[0]


def _refuse_unused(texts: dict[str, str], lines: Sequence[str]) -> None:
    used = {name for line in lines for name in _PLACE.findall(line)}
    for name in texts:
        if name not in used:
            known = ", ".join(sorted(used & set(texts)))
            raise InputError(f"--let={name}=... is used by no stage; used are {known}")
