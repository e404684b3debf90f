"""Variants of a benchmark that are timed in turn, each in a process of its own.

A process can be limited to an instruction set, which libraries read once, when they start.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Isa(NamedTuple):
    """An instruction set: the environment of a process that is limited to it, and what it lacks."""

    environment: dict[str, str] = {}
    has_bfloat16: bool = True


#: With avx2, oneDNN and PyTorch are limited to AVX2, as on older processors; Eigen is not.
#: bfloat16 would be emulated there, and TensorFlow does not start with it.
ISAS = {
    "native": Isa(),
    "avx2": Isa({"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}, has_bfloat16=False),
}


class Variant:
    """A process of a benchmark that waits for its turn.

    Args:
      arguments: of ``sys.executable``; what they start calls ``serve``.
      isa: name of the instruction set.

    Raises:
      SystemExit: the process ended before it was ready.
    """

    def __init__(self, arguments: Sequence[str], isa: str):
        pipe = subprocess.PIPE
        environment = os.environ | ISAS[isa].environment
        command = [sys.executable, *arguments]
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment
        )
        while (line := self._process.stdout.readline()).strip() != "ready":
            if not line:
                raise SystemExit(f"{' '.join(command)} did not start")

    def seconds(self) -> float:
        """Run a round and return the seconds it took."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def serve(run_round: Callable[[], object]) -> None:
    """Run a round, already warmed up, for each line of standard input and print its seconds."""
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        run_round()
        print(time.perf_counter() - start, flush=True)
