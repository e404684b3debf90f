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
from data_tools.path_flags import refuse_output_in_source
from gan_tf.pipeline.stages import RECORDS, Stage

#: Commands that resume in an existing output; for all others the output must not exist.
RESUMING_MODULES = frozenset({"gan_tf.train"})


def fingerprint_stages(stages: Iterable[Stage], version: str, work_dir: Path) -> dict[str, str]:
    """Return, by stage name, a hash of everything that the stage's result depends on.

    These are its module and flags, the version of this package, the content of the files and
    folders that its flags name, and the fingerprints of the stages that it needs. The path of the
    work directory and modification times have no effect.

    Raises:
      InputError: a stage reads a folder that the work directory is in.
    """
    fingerprints: dict[str, str] = {}
    content_hashes: dict[Path, str] = {}
    for stage in stages:
        inputs = {}
        for flag in stage.flags:
            paths = _external_paths(flag)
            for path in paths:
                refuse_output_in_source(
                    f"--work_dir={work_dir}", work_dir, f"{path} of stage '{stage.name}'", str(path)
                )
                if path not in content_hashes:
                    content_hashes[path] = _content_hash(path)
            if paths:
                inputs[flag] = " ".join(content_hashes[path] for path in paths)
        basis = {
            "version": version,
            "module": stage.module,
            "flags": stage.flags,
            "paths": inputs,
            "needs": {name: fingerprints[name] for name in stage.needs},
        }
        text = json.dumps(basis, sort_keys=True)
        fingerprints[stage.name] = hashlib.sha256(text.encode()).hexdigest()
    return fingerprints


def is_finished(stage: Stage, fingerprint: str) -> bool:
    """Return whether the stage's output exists and was finished with this fingerprint."""
    finished = {"fingerprint": fingerprint, "finished": True}
    return stage.output.exists() and _read_record(stage) == finished


def clear_output(stage: Stage, fingerprint: str) -> Path | None:
    """Move an existing output of the stage aside, unless the stage can resume in it.

    A command that collects its work next to its destination, such as evaluate, leaves
    ``.<name>.partial`` when interrupted. That is kept too if the fingerprint is the same, and moved
    aside if not.

    Returns:
      The new path of the old output; None if there was none or it is resumed.
    """
    is_interrupted = _read_record(stage) == {"fingerprint": fingerprint, "finished": False}
    partial = stage.output.with_name(f".{stage.name}.partial")
    if partial.exists() and not is_interrupted:
        _move_aside(partial)
    if not stage.output.exists() or (is_interrupted and stage.module in RESUMING_MODULES):
        return None
    return _move_aside(stage.output)


def _move_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    return path.rename(aside)


def write_record(stage: Stage, fingerprint: str, *, finished: bool) -> None:
    """Record atomically that the stage has started or is finished."""
    record: Mapping[str, object] = {"fingerprint": fingerprint, "finished": finished}
    write_atomically(_record_path(stage), (json.dumps(record) + "\n").encode())


def log_path(stage: Stage) -> Path:
    """Return the path of the log of the stage's output."""
    return stage.output.parent / RECORDS / f"{stage.name}.log"


def lock_work_dir(work_dir: Path) -> AbstractContextManager[None]:
    """Lock the work directory against a second experiment; see ``hold_lock``."""
    return hold_lock(work_dir / RECORDS / "lock", f"--work_dir={work_dir}")


def _record_path(stage: Stage) -> Path:
    return stage.output.parent / RECORDS / f"{stage.name}.json"


def _read_record(stage: Stage) -> object:
    try:
        return json.loads(_record_path(stage).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _external_paths(word: str) -> list[Path]:
    """Return the existing files and folders that a word names, searched for as commands do.

    A path is the value of a flag or a word without dashes, as a whole or between commas.
    """
    value = word.partition("=")[2] if word.startswith("-") else word
    paths = []
    for name in dict.fromkeys([value, *value.split(",")]):
        paths += [path for path in candidate_paths(name) if os.path.exists(path)][:1]
    return paths


def _content_hash(path: Path) -> str:
    """Hash the names and bytes of a file, or of the files in a folder."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path)}\0".encode("utf-8", "surrogateescape"))
        with open(file, "rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
