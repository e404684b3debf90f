"""A progress bar for what takes over two seconds, on a terminal only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

_DELAY_SECONDS = 2.0


class _Bar(tqdm):
    # Its thread would keep workers from being forked.
    monitor_interval = 0


@contextmanager
def progress_bar(description: str, total: int) -> Iterator[tqdm]:
    """Gives a bar with images per second and time left; `update(n)` moves it."""
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
