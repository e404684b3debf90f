"""A progress bar for work of over two seconds, if stderr is a TTY."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

_DELAY_SECONDS = 2.0


class _Bar(tqdm):
    # Its thread would prevent forking workers.
    monitor_interval = 0


@contextmanager
def progress_bar(description: str, total: int | None) -> Iterator[tqdm]:
    """Yield a bar with images per second and the remaining time; ``update(n)`` advances it.

    Without a total it shows the images so far.
    """
    bar = _Bar(
        desc=description,
        total=total,
        unit=" images",
        delay=_DELAY_SECONDS,
        disable=not sys.stderr.isatty(),
        leave=False,
    )
    with bar:
        yield bar
