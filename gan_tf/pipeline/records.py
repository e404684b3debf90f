"""Which stages of an experiment are finished: their fingerprints and records."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from data_tools.files.locations import candidate_paths
from data_tools.files.locks import hold_lock
from data_tools.files.staging import write_atomically
from gan_tf.pipeline.stages import RECORDS, Stage

# These go on in the output of an interrupted run; all others start anew.
RESUMING_MODULES = frozenset({"gan_tf.train"})


def fingerprints(stages: Iterable[Stage], version: str, work_dir: Path) -> dict[str, str]:
    """For each stage the hash of everything that its result depends on.

    That is its module and flags, the version of this package, the content of the files and folders
    that its flags name, and the fingerprints of the stages it needs. The place of the work
    directory and the time are not in it.
    """
    known: dict[str, str] = {}
    contents: dict[Path, str] = {}
    for stage in stages:
        paths = {}
        for flag in stage.flags:
            named = _external_paths(flag)
            for path in named:
                if path not in contents:
                    contents[path] = _content_hash(path, work_dir)
            if named:
                paths[flag] = " ".join(contents[path] for path in named)
        basis = {
            "version": version,
            "module": stage.module,
            "flags": stage.flags,
            "paths": paths,
            "needs": {name: known[name] for name in stage.needs},
        }
        known[stage.name] = hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()
    return known


def is_finished(stage: Stage, fingerprint: str) -> bool:
    """Whether the stage's output is there and was finished under this fingerprint."""
    finished = {"fingerprint": fingerprint, "finished": True}
    return stage.output.exists() and _record(stage) == finished


def make_room(stage: Stage, fingerprint: str) -> Path | None:
    """Moves what stands where the stage writes aside, unless the stage can go on with it.

    A command that collects its work beside its destination, as evaluate does, leaves
    ``.<name>.partial`` when interrupted; that too is kept for the same stage and moved for another.

    Returns:
      The new place of the old output; None where there was none or it is gone on with.
    """
    begun = _record(stage) == {"fingerprint": fingerprint, "finished": False}
    partial = stage.output.with_name(f".{stage.name}.partial")
    if partial.exists() and not begun:
        _move_aside(partial)
    if not stage.output.exists() or (begun and stage.module in RESUMING_MODULES):
        return None
    return _move_aside(stage.output)


def _move_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    return path.rename(aside)


def write_record(stage: Stage, fingerprint: str, *, finished: bool) -> None:
    """Writes, whole or not at all, that the stage has begun or is finished."""
    record: Mapping[str, object] = {"fingerprint": fingerprint, "finished": finished}
    write_atomically(_record_path(stage), (json.dumps(record) + "\n").encode())


def log_path(stage: Stage) -> Path:
    """Where the stage's printed lines are kept."""
    return stage.output.parent / RECORDS / f"{stage.name}.log"


def locked(work_dir: Path) -> AbstractContextManager[None]:
    """Hold the work directory against a second experiment; see ``hold_lock``."""
    return hold_lock(work_dir / RECORDS / "lock", f"--work_dir={work_dir}")


def _record_path(stage: Stage) -> Path:
    return stage.output.parent / RECORDS / f"{stage.name}.json"


def _record(stage: Stage) -> object:
    try:
        return json.loads(_record_path(stage).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _external_paths(word: str) -> list[Path]:
    """The existing files and folders that a word names, sought as the commands seek them.

    They are named by the value of a flag or by a word without dashes, as a whole or between commas.
    """
    value = word.partition("=")[2] if word.startswith("-") else word
    found = []
    for name in dict.fromkeys([value, *value.split(",")]):
        found += [path for path in candidate_paths(name) if os.path.exists(path)][:1]
    return found


def _content_hash(path: Path, work_dir: Path) -> str:
    """Hash over the names and bytes of a file, or of a folder without the work directory."""
    outputs = work_dir.resolve()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        if outputs not in file.resolve().parents:
            digest.update(f"{file.relative_to(path)}\0".encode("utf-8", "surrogateescape"))
            with open(file, "rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
