"""Functions that the commands of this package share beyond ``data_tools.command_line``.

A command has three parts: ``define_flags() -> FlagValues``, ``main(flag_values)`` and a last
line ``cli.run(define_flags, main, __doc__)``. ``--flagfile`` also takes the name of a flagfile
of ``gan_tf.experiments``.
"""

import gc
import importlib.resources
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

from absl import flags

from data_tools import command_line


def run(
    define_flags: Callable[[], flags.FlagValues],
    main: Callable[[flags.FlagValues], int | None],
    summary: str,
) -> NoReturn:
    """Run one command as ``data_tools.command_line.run`` does."""
    command_line.run(define_flags, main, summary, packaged_flagfiles())


def parse(flag_values: flags.FlagValues, arguments: Sequence[str]) -> flags.FlagValues:
    """Parse arguments as ``data_tools.command_line.parse`` does."""
    return command_line.parse(flag_values, arguments, packaged=packaged_flagfiles())


def expanded(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments with each ``--flagfile`` replaced by the flags that the file holds."""
    return command_line.expanded(arguments, packaged_flagfiles())


def packaged_flagfiles() -> tuple[Path, ...]:
    """Return the folders of flagfiles, in the installed package or next to it in a checkout."""
    package = Path(str(importlib.resources.files("gan_tf")))
    return (package / "experiments", package.parent / "experiments")


def import_tensorflow() -> None:
    """Import TensorFlow and list devices, without its messages about the build and the CPU.

    C++ code writes them before any setting takes effect, so standard error is redirected in the
    meantime; Python errors are still shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _kept_objects() if "tensorflow" not in sys.modules else nullcontext():
        _import_quietly()


@contextmanager
def _kept_objects() -> Iterator[None]:
    """Leave the objects that the block makes out of garbage collection, for as long as they live.

    Searching the objects of a large import, again and again, takes a quarter of its time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _import_quietly() -> None:
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
