"""`tfds:NAME`, a data set that TensorFlow Datasets has prepared, or can fetch and prepare now."""

import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

from data_tools.errors import InputError
from data_tools.sources import records
from data_tools.sources.source import Source

_PREFIX = "tfds:"
# TFDS itself waits for minutes when it cannot reach this host.
_DOWNLOAD_HOST = ("storage.googleapis.com", 443)
_PATIENCE_SECONDS = 2.5


def matches(spec: str, folder: Path | None) -> bool:
    """Whether the spec names a data set of TFDS."""
    return spec.startswith(_PREFIX)


def open_spec(spec: str, folder: Path | None, unlabeled: bool) -> Source:
    """Opens a prepared data set, and prepares it first where a network allows; TFDS' class order.

    Prepared data sets are sought in $TFDS_DATA_DIR, or ~/tensorflow_datasets.
    """
    name = spec.removeprefix(_PREFIX)
    data_dir = Path(os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    if not name or name.startswith("/") or ".." in name:
        raise InputError(f"{spec} names no data set; try tfds:mnist")
    prepared = data_dir / name
    if not prepared.is_dir() or not records.matches(spec, prepared):
        _prepare(spec, name, data_dir)
    if not prepared.is_dir() or not records.matches(spec, prepared):
        raise InputError(f"{spec} was prepared, but not as {prepared}; name its config too")
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
    except Exception as error:  # TFDS raises whatever its many data sets raise.
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"{spec} cannot be prepared: {reason}") from None


def _is_reachable(host: tuple[str, int]) -> bool:
    reached = threading.Event()

    def connect() -> None:
        try:
            with socket.create_connection(host, timeout=_PATIENCE_SECONDS):
                reached.set()
        except OSError:
            pass

    # In a thread, because looking up a name knows no time limit.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)
    return reached.is_set()
