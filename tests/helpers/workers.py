"""Two real workers that communicate over loopback."""

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def two_workers(command: Sequence[str], folder: Path) -> Iterator[list[subprocess.Popen]]:
    """Yield two worker processes of one command in ``folder``, killed when the block ends."""
    workers = [f"127.0.0.1:{_free_port()}" for _ in range(2)]
    # Drop the log level that the tests set: the command itself must hide TensorFlow's messages.
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    with contextlib.ExitStack() as processes:
        started = []
        for index in range(2):
            task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment | {"TF_CONFIG": json.dumps(task)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            processes.enter_context(process)
            processes.callback(process.kill)
            started.append(process)
        yield started


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]
