"""``tfds:NAME``, a data set that TensorFlow Datasets has prepared or can prepare now.

The names of ``WELL_KNOWN`` stand for such data sets too, unless there is a folder of the name.
"""

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path

from data_tools.errors import InputError
from data_tools.files.locations import DATA_DIR_VARIABLE, candidate_paths
from data_tools.sources import records
from data_tools.sources.source import Example, LazyExamples, Source
from data_tools.sources.well_known import WELL_KNOWN

_PREFIX = "tfds:"
_PREPARE = (sys.executable, "-m", "data_tools.sources.tfds_download")
_TIMEOUT_SECONDS = 2.5


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the spec names a data set of TFDS."""
    return spec.startswith(_PREFIX) or (path is None and spec in WELL_KNOWN)


def is_well_known(spec: str) -> bool:
    """Return whether the spec is the name of a well-known data set, and of no file or folder."""
    return spec in WELL_KNOWN and not any(path.exists() for path in candidate_paths(spec))


def open_spec(spec: str, folder: Path | None, unlabeled: bool) -> Source:
    """Open a data set, with classes in the order of TFDS; download and prepare it if necessary.

    Prepared data sets are looked up in $TFDS_DATA_DIR or ~/tensorflow_datasets.

    Raises:
      InputError: the data set is not prepared and cannot be.
    """
    name = WELL_KNOWN[spec].tfds_name if spec in WELL_KNOWN else spec.removeprefix(_PREFIX)
    data_dir = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    if not name or name.startswith("/") or ".." in name:
        raise InputError(f"{spec} does not name a data set; try tfds:mnist")
    known_name = next((k for k, known in WELL_KNOWN.items() if known.tfds_name == name), None)
    prepared = data_dir / name
    if not prepared.is_dir() or not records.matches(spec, prepared):
        _prepare(spec, name, data_dir, known_name)
    if not prepared.is_dir() or not records.matches(spec, prepared):
        raise InputError(f"{spec} was prepared, but not as {prepared}; add its config to the name")
    source = replace(records.open_spec(spec, prepared, unlabeled), name=name.replace("/", "_"))
    is_numbered = known_name is not None and WELL_KNOWN[known_name].has_numbered_labels
    return _with_numbers(source) if is_numbered else source


def _prepare(spec: str, name: str, data_dir: Path, known_name: str | None) -> None:
    """Download and prepare a data set, with TFDS's progress bar if stderr is a TTY.

    Raises:
      InputError: there is no network, or TFDS fails; it says how to get the data by hand.
    """
    reason = _failure(WELL_KNOWN[known_name or "mnist"].url)
    if reason is None:
        process = subprocess.run(
            [*_PREPARE, name, str(data_dir)],
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr.isatty() else subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if not process.returncode:
            return
        reason = process.stdout.strip() or f"its process ended with {process.returncode}"
    if known_name is None:
        raise InputError(
            f"{spec} is not in {data_dir} and cannot be downloaded ({reason}); prepare it where "
            f"there is a network (python -c \"import tensorflow_datasets as t; t.load('{name}')\") "
            "and copy the folder, or set TFDS_DATA_DIR"
        )
    places = f"in {data_dir}"
    if spec == known_name:
        elsewhere = f" nor in ${DATA_DIR_VARIABLE}" if os.environ.get(DATA_DIR_VARIABLE) else ""
        places = f"a folder here{elsewhere}, nor {places}"
    raise InputError(
        f"{spec} is not {places}, and cannot be downloaded ({reason}); for {known_name} by hand, "
        f"{WELL_KNOWN[known_name].by_hand}, here or in ${DATA_DIR_VARIABLE}"
    )


def _failure(url: str) -> str | None:
    """Return why a file cannot be downloaded; None if it can.

    TFDS itself waits for minutes if it cannot reach a host.
    """
    failures = [f"no answer within {_TIMEOUT_SECONDS} s"]

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()
        except (OSError, HTTPException) as error:
            cause = getattr(error, "reason", error)
            failures[0] = getattr(cause, "strerror", None) or str(cause)
        else:
            failures.clear()

    # In a thread, because DNS lookups have no timeout.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_TIMEOUT_SECONDS)
    return failures[0] if failures else None


@dataclass(frozen=True, slots=True)
class _NumberedExamples:
    """Examples of a source by index, with numbers as labels."""

    examples: Sequence[Example]
    numbers: Mapping[str, str]

    def __call__(self, index: int) -> Example:
        """Return an example."""
        example = self.examples[index]
        label = self.numbers[example.label]
        file = example.path.rpartition("/")[2]
        return replace(example, label=label, path=f"{example.split}/{label}/{file}")


def _with_numbers(source: Source) -> Source:
    """Return the source with the ids of the labels as labels."""
    numbers = {name: str(number) for number, name in enumerate(source.class_names)}
    make = _NumberedExamples(source.examples, numbers)
    examples = LazyExamples(make, range(len(source.examples)))
    return replace(source, class_names=tuple(numbers.values()), examples=examples)
