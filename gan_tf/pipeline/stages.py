"""The stages of an experiment: what their lines in a flagfile mean."""

import importlib.util
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError

RECORDS = "stages"
_NAME = re.compile(r"[a-z0-9_]+")
_HEAD = re.compile(r"([a-z0-9_]+)(?:\[([a-z0-9_]+)\])?")
_VALUE = re.compile(r"[A-Za-z0-9_.-]+")
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


class _Line(NamedTuple):
    """A ``--stage`` line: of ``name[over]: module word ...`` all but the values."""

    name: str
    over: str
    module: str
    words: tuple[str, ...]

    def names(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The name of every stage that it makes, by the value that it runs for."""
        if not self.over:
            return {"": self.name}
        return {value: f"{self.name}_{value}" for value in texts[self.over].split(",")}


def stages_from(
    lines: Sequence[str],
    values: Iterable[str],
    work_dir: Path,
    expanded: Callable[[Sequence[str]], Iterable[str]],
) -> tuple[Stage, ...]:
    """The stages that ``--stage`` lines describe, in their order.

    ``name: module word ...`` is one stage. In a word, ``{stage}`` is the output of that stage or of
    one before it, and ``{value}`` a named value.

    ``name[seed]: module word ...`` is a stage for each of the comma-separated values of ``seed``,
    called ``name_1``, ``name_2`` and so on; inside its words ``{seed}`` is that one value, and a
    stage repeated over the same values means the one of the same value. Anywhere else a word that
    names a repeated stage stands there once for each of them.

    Args:
      lines: one a stage or a repeated stage.
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
    later = [_name_of(line)[0] for line in lines]
    known: dict[str, _Line] = {}
    stages: dict[str, Stage] = {}
    for text in lines:
        line = _line(text, texts)
        later.pop(0)
        if line.name in {*known, *texts, RECORDS}:
            raise InputError(f"--stage={line.name}: the name is taken; choose another")
        if f"{{{line.name}}}" not in text:
            raise InputError(
                f"--stage={line.name} never says {{{line.name}}}: write its output there"
            )
        known[line.name] = line
        _refuse_unknown(line, {*known, *texts}, later)
        for value, name in line.names(texts).items():
            if name in stages:
                raise InputError(f"--stage={name}: the name is taken; choose another")
            own = texts | {line.over: value} if line.over else texts
            stages[name] = _stage(line, name, known, own, work_dir, expanded)
    _refuse_unused(texts, lines)
    return tuple(stages.values())


def _stage(
    line: _Line,
    name: str,
    known: Mapping[str, _Line],
    texts: Mapping[str, str],
    work_dir: Path,
    expanded: Callable[[Sequence[str]], Iterable[str]],
) -> Stage:
    """The stage ``name`` of ``line``, whose own value stands in ``texts``."""
    meant = {other.name: list(other.names(texts).values()) for other in known.values()}
    outputs = {key: [str(work_dir / one) for one in names] for key, names in meant.items()}
    places = {key: [f"{{{one}}}" for one in names] for key, names in meant.items()}
    return Stage(
        name,
        line.module,
        tuple(w for word in line.words for w in _filled(word, texts, outputs, name)),
        _counting_flags(
            [w for word in line.words for w in _filled(word, texts, places, name)], expanded
        ),
        tuple(
            one
            for key, names in meant.items()
            if key != line.name and any(f"{{{key}}}" in word for word in line.words)
            for one in names
        ),
        work_dir / name,
    )


def _named_values(values: Iterable[str]) -> dict[str, str]:
    texts = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise InputError(f"--let={value} is not of the form name=value")
        texts[name] = text
    return texts


def _name_of(text: str) -> tuple[str, str]:
    """The stage's name and the name of the values that it is repeated over, or ""."""
    head, colon, _ = text.partition(":")
    found = _HEAD.fullmatch(head)
    if not colon or not found:
        raise InputError(f"--stage={text} is not of the form 'name: module --flag=value ...'")
    return found[1], found[2] or ""


def _line(text: str, texts: Mapping[str, str]) -> _Line:
    """A line in its parts; the module and the values that it is repeated over exist."""
    name, over = _name_of(text)
    if over and over not in texts:
        raise InputError(f"--stage={name}[{over}]: give the values as --let={over}=1,2,3")
    if over:
        _refuse_values(over, texts[over].split(","))
    try:
        words = shlex.split(text.partition(":")[2])
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
    return _Line(name, over, words[0], tuple(words[1:]))


def _refuse_values(name: str, values: Sequence[str]) -> None:
    for value in values:
        if not _VALUE.fullmatch(value) or values.count(value) > 1:
            raise InputError(
                f"--let={name}={','.join(values)}: a stage is repeated over it, so its values are "
                "different words of letters, digits, '_', '.' and '-', with commas between them"
            )


def _refuse_unknown(line: _Line, known: Collection[str], later: Collection[str]) -> None:
    for name in (place for word in line.words for place in _PLACE.findall(word)):
        if name in later and name not in known:
            raise InputError(
                f"--stage={line.name} names {{{name}}}, a later stage; put that one first"
            )
        if name not in known:
            raise InputError(
                f"--stage={line.name} names {{{name}}}, neither a stage nor a --let value; "
                f"known are {', '.join(sorted(known))}"
            )


def _filled(
    word: str, texts: Mapping[str, str], stages: Mapping[str, Sequence[str]], stage: str
) -> list[str]:
    """``word`` with every ``{name}`` replaced, once for each output of a repeated stage in it."""
    repeated = {n for n in _PLACE.findall(word) if n in stages and len(stages[n]) != 1}
    if len(repeated) > 1:
        names = " and ".join(sorted(repeated))
        raise InputError(f"--stage={stage}: '{word}' names {names}, both repeated; use two words")
    num_words = len(stages[repeated.pop()]) if repeated else 1
    filled = []
    for number in range(num_words):
        chosen = {name: outputs[number % len(outputs)] for name, outputs in stages.items()}
        filled.append(_PLACE.sub(lambda place, found=texts | chosen: found[place[1]], word))
    return filled


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
    used = {name for line in lines for name in [*_PLACE.findall(line), _name_of(line)[1]]}
    for name in texts:
        if name not in used:
            known = ", ".join(sorted(used & set(texts)))
            raise InputError(f"--let={name}=... is used by no stage; used are {known}")
