"""The stages of an experiment, parsed from its flagfile."""

import importlib.util
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError

#: Folder of records and logs in the work directory.
RECORDS = "stages"

_NAME = re.compile(r"[a-z0-9_]+")
_HEAD = re.compile(r"([a-z0-9_]+)(?:\[([a-z0-9_]+)\])?")
_REPEATED_VALUE = re.compile(r"[A-Za-z0-9_.-]+")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Stage(NamedTuple):
    """One command of an experiment, executed in a process of its own.

    Attributes:
      name: also the name of its output in the work directory.
      module: module that ``python -m`` runs.
      arguments: the words after the module, with every placeholder replaced.
      flags: the flags that determine the result, independent of the path of the work directory: the
        arguments with each flagfile replaced by its flags, without those that a later word
        overrides, and with every output as ``{stage}``.
      needs: names of the earlier stages whose output it reads.
      output: the file or folder that it writes.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    flags: tuple[str, ...]
    needs: tuple[str, ...]
    output: Path


class _Line(NamedTuple):
    """A parsed ``--stage`` line, ``name[repeat]: module word ...``; ``repeat`` may be ""."""

    name: str
    repeat: str
    module: str
    words: tuple[str, ...]

    def stage_names(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the names of the line's stages by their repeated value; "" for a single stage."""
        if not self.repeat:
            return {"": self.name}
        return {value: f"{self.name}_{value}" for value in values[self.repeat].split(",")}


def parse_stages(
    lines: Sequence[str],
    assignments: Iterable[str],
    work_dir: Path,
    expanded: Callable[[Sequence[str]], Iterable[str]],
) -> tuple[Stage, ...]:
    """Return the stages that ``--stage`` lines describe, in order.

    ``name: module word ...`` is one stage. In its words, ``{stage}`` stands for the output of this
    or an earlier stage and ``{value}`` for a ``--let`` value.

    ``name[seed]: module word ...`` is one stage for each of the comma-separated values of ``seed``,
    named ``name_1``, ``name_2`` and so on. In its words ``{seed}`` stands for that one value, and
    the name of a stage repeated over the same values for the stage of the same value. In any other
    line, a word with the name of a repeated stage is itself repeated, once for each of its stages.

    Args:
      lines: one for each stage or repeated stage.
      assignments: ``--let`` values as ``name=value``; the last one of a name wins.
      work_dir: folder of the outputs.
      expanded: function that replaces each flagfile among words by its flags.

    Raises:
      InputError: a malformed line or assignment, a name that is unknown, unused or used twice, a
        stage that reads a later one, or a module that does not exist.
    """
    if not lines:
        raise InputError("no --stage is given; name an experiment with --flagfile=PATH")
    values = _parse_assignments(assignments)
    later = [_parse_head(line)[0] for line in lines]
    known: dict[str, _Line] = {}
    stages: dict[str, Stage] = {}
    for text in lines:
        line = _parse_line(text, values)
        later.pop(0)
        if line.name in {*known, *values, RECORDS}:
            raise InputError(f"--stage={line.name}: the name is taken; choose another")
        if f"{{{line.name}}}" not in text:
            raise InputError(
                f"--stage={line.name} does not contain {{{line.name}}}; give it as the output path"
            )
        known[line.name] = line
        _refuse_unknown_placeholders(line, {*known, *values}, later)
        for value, name in line.stage_names(values).items():
            if name in stages:
                raise InputError(f"--stage={name}: the name is taken; choose another")
            own_values = values | {line.repeat: value} if line.repeat else values
            stages[name] = _make_stage(line, name, known, own_values, work_dir, expanded)
    _refuse_unused(values, lines)
    return tuple(stages.values())


def _make_stage(
    line: _Line,
    name: str,
    known: Mapping[str, _Line],
    values: Mapping[str, str],
    work_dir: Path,
    expanded: Callable[[Sequence[str]], Iterable[str]],
) -> Stage:
    """Return the stage ``name`` of ``line``; ``values`` has its own value of a repeated name."""
    stage_names = {key: list(other.stage_names(values).values()) for key, other in known.items()}
    paths = {key: [str(work_dir / name) for name in names] for key, names in stage_names.items()}
    symbols = {key: [f"{{{name}}}" for name in names] for key, names in stage_names.items()}
    return Stage(
        name,
        line.module,
        tuple(w for word in line.words for w in _fill(word, values, paths, name)),
        _effective_flags(
            [w for word in line.words for w in _fill(word, values, symbols, name)], expanded
        ),
        tuple(
            needed
            for key, names in stage_names.items()
            if key != line.name and any(f"{{{key}}}" in word for word in line.words)
            for needed in names
        ),
        work_dir / name,
    )


def _parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise InputError(f"--let={assignment} is not of the form name=value")
        values[name] = value
    return values


def _parse_head(text: str) -> tuple[str, str]:
    """Return the name of a line and the name of the values that it is repeated over, or ""."""
    head, colon, _ = text.partition(":")
    match = _HEAD.fullmatch(head)
    if not colon or not match:
        raise InputError(f"--stage={text} is not of the form 'name: module --flag=value ...'")
    return match[1], match[2] or ""


def _parse_line(text: str, values: Mapping[str, str]) -> _Line:
    """Parse a line and check that its module and the values that it is repeated over exist."""
    name, repeat = _parse_head(text)
    if repeat and repeat not in values:
        raise InputError(f"--stage={name}[{repeat}]: give the values as --let={repeat}=1,2,3")
    if repeat:
        _refuse_bad_repeats(repeat, values[repeat].split(","))
    try:
        words = shlex.split(text.partition(":")[2])
    except ValueError as error:
        raise InputError(f"--stage={name} cannot be split into words: {error}") from None
    if not words:
        raise InputError(f"--stage={name} has no command after the colon")
    try:
        module = importlib.util.find_spec(words[0])
    except (ImportError, ValueError):
        module = None
    if module is None:
        raise InputError(f"--stage={name}: there is no Python module '{words[0]}'; fix the name")
    return _Line(name, repeat, words[0], tuple(words[1:]))


def _refuse_bad_repeats(name: str, repeats: Sequence[str]) -> None:
    for value in repeats:
        if not _REPEATED_VALUE.fullmatch(value) or repeats.count(value) > 1:
            raise InputError(
                f"--let={name}={','.join(repeats)}: a stage is repeated over {name}, so its values "
                "must be distinct words of letters, digits, '_', '.' and '-', separated by commas"
            )


def _refuse_unknown_placeholders(
    line: _Line, known: Collection[str], later: Collection[str]
) -> None:
    for name in (name for word in line.words for name in _PLACEHOLDER.findall(word)):
        if name in later and name not in known:
            raise InputError(
                f"--stage={line.name} refers to {{{name}}}, a later stage; put that one first"
            )
        if name not in known:
            raise InputError(
                f"--stage={line.name} refers to {{{name}}}, neither a stage nor a --let value; "
                f"choose from {', '.join(sorted(known))}"
            )


def _fill(
    word: str, values: Mapping[str, str], outputs: Mapping[str, Sequence[str]], stage: str
) -> list[str]:
    """Replace every placeholder of ``word``; the name of a repeated stage repeats the word."""
    repeated = {n for n in _PLACEHOLDER.findall(word) if n in outputs and len(outputs[n]) != 1}
    if len(repeated) > 1:
        names = " and ".join(sorted(repeated))
        raise InputError(
            f"--stage={stage}: '{word}' refers to {names}, both repeated; use two words"
        )
    num_words = len(outputs[repeated.pop()]) if repeated else 1
    words = []
    for index in range(num_words):
        replacements = {**values, **{name: o[index % len(o)] for name, o in outputs.items()}}
        words.append(_PLACEHOLDER.sub(lambda name, by=replacements: by[name[1]], word))
    return words


def _effective_flags(
    words: Sequence[str], expanded: Callable[[Sequence[str]], Iterable[str]]
) -> tuple[str, ...]:
    """Expand flagfiles and drop those of their flags that a later word overrides."""
    effective: list[str] = []
    for position, word in enumerate(words):
        later = {_flag_name(other) for other in words[position + 1 :]}
        effective += [f for f in expanded([word]) if f == word or _flag_name(f) not in later]
    return tuple(effective)


def _flag_name(word: str) -> str:
    return word.partition("=")[0]


def _refuse_unused(values: Mapping[str, str], lines: Sequence[str]) -> None:
    used = {name for line in lines for name in [*_PLACEHOLDER.findall(line), _parse_head(line)[1]]}
    for name in values:
        if name not in used:
            known = ", ".join(sorted(used & set(values)))
            raise InputError(f"--let={name}=...: no stage uses {name}; the values used are {known}")
