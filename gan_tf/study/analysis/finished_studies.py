"""Finished studies, read from their folders."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from data_tools.errors import InputError
from gan_tf.study.analysis.results import FORMAT

RESULTS_FILE = "results.json"
_REQUIRED_KEYS = {"version", "num_seeds", "settings", "data", "notes", "leaks", "copies", "cells"}
_REQUIRED_KEYS |= {"num_test_copies"}


class FinishedStudy(NamedTuple):
    """A finished study.

    Attributes:
      name: of its folder, with as many parent folders as distinguish it from the other studies.
      results: content of its results.json.
    """

    name: str
    results: Mapping[str, Any]


def finished_studies(folders: Sequence[Path]) -> list[FinishedStudy]:
    """Read the studies in the folders and give them distinct names.

    Raises:
      InputError: a folder holds no finished study in this version's format, or is given twice.
    """
    paths = [Path(os.path.realpath(folder)) for folder in folders]
    for folder, path in zip(folders, paths, strict=True):
        if paths.count(path) > 1:
            raise InputError(f"--study={folder} is given twice; give every study once")
    depth = 1
    while len({_name(path, depth) for path in paths}) < len(paths):
        depth += 1
    return [
        FinishedStudy(_name(path, depth), _read(folder))
        for folder, path in zip(folders, paths, strict=True)
    ]


def _name(path: Path, depth: int) -> str:
    return "/".join(path.parts[-depth:])


def _read(folder: Path) -> Mapping[str, Any]:
    path = folder / RESULTS_FILE
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"--study={folder} holds no finished study ({path.name} is missing); give the --dest "
            "of gan_tf.evaluate"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"--study={folder}: {path} cannot be read: {error}") from None
    if not isinstance(results, dict) or "copies" not in results:
        raise InputError(
            f"--study={folder}: {path} was not written by gan_tf.evaluate; give its --dest"
        )
    if results.get("format") != FORMAT:
        raise InputError(
            f"--study={folder} has format {results.get('format')}, not {FORMAT}: it was written by "
            f"gan-tf {results.get('version')}; repeat it with this version of gan_tf.evaluate"
        )
    missing = sorted(_REQUIRED_KEYS - results.keys())
    if missing:
        raise InputError(
            f"--study={folder}: {path} lacks {', '.join(missing)}; repeat the study with "
            "gan_tf.evaluate"
        )
    return results
