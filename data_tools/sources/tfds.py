"""``tfds:NAME``, a data set that TensorFlow Datasets has prepared or can prepare now."""

import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

from data_tools.errors import InputError
from data_tools.sources import records
from data_tools.sources.source import Source

_PREFIX = "tfds:"
# TFDS waits for minutes if it cannot reach this host.
_DOWNLOAD_HOST = ("storage.googleapis.com", 443)
_TIMEOUT_SECONDS = 2.5


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the spec names a data set of TFDS."""
    return spec.startswith(_PREFIX)


def open_spec(spec: str, folder: Path | None, unlabeled: bool) -> Source:
    """Open a data set, with classes in the order of TFDS; download and prepare it if necessary.

    Prepared data sets are looked up in $TFDS_DATA_DIR or ~/tensorflow_datasets.

    Raises:
      InputError: the data set is not prepared and cannot be.
    """
    name = spec.removeprefix(_PREFIX)
    data_dir = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    if not name or name.startswith("/") or ".." in name:
        raise InputError(f"{spec} does not name a data set; try tfds:mnist")
    prepared = data_dir / name
    if not prepared.is_dir() or not records.matches(spec, prepared):
        _prepare(spec, name, data_dir)
    if not prepared.is_dir() or not records.matches(spec, prepared):
        raise InputError(f"{spec} was prepared, but not as {prepared}; add its config to the name")
    source = records.open_spec(spec, prepared, unlabeled)
    return replace(source, name=name.replace("/", "_"))


def _prepare(spec: str, name: str, data_dir: Path) -> None:
    if not _is_reachable(_DOWNLOAD_HOST):
        raise InputError(
            f"{spec} is not prepared in {data_dir} and there is no network; prepare it where "
            f"there is one (python -c \"import tensorflow_datasets as t; t.load('{name}')\") "
            "and copy the folder, or set TFDS_DATA_DIR"
        )
    import tensorflow_datasets

    try:
        tensorflow_datasets.builder(name, data_dir=str(data_dir)).download_and_prepare()
    except Exception as error:  # TFDS does not wrap exceptions of data sets.
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{spec} cannot be prepared: {reason}") from None


def _is_reachable(host: tuple[str, int]) -> bool:
    reached = threading.Event()

    def connect() -> None:
        try:
            with socket.create_connection(host, timeout=_TIMEOUT_SECONDS):
                reached.set()
        except OSError:
            pass

    # In a thread, because DNS lookups have no timeout.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_TIMEOUT_SECONDS)
    return reached.is_set()
