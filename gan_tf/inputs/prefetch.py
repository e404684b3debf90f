"""Preparation of the next batches in other threads."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Batch = TypeVar("Batch")


class Prefetched(Generic[Batch]):
    """A feed that prepares the next batches of another feed in advance.

    Any index may be read at any time, but only consecutive ones are fast. An exception of the feed
    is raised when its batch is read. Leaving the context ends the threads.

    Args:
      feed: index -> batch; a pure function that may be called in several threads.
      num_ahead: number of batches to prepare ahead of the one in use.
      num_threads: number of batches to prepare at the same time.
    """

    def __init__(self, feed: Callable[[int], Batch], num_ahead: int, num_threads: int):
        self._feed = feed
        self._num_ahead = num_ahead
        self._pool = ThreadPoolExecutor(num_threads, thread_name_prefix="input")
        self._pending: dict[int, Future] = {}

    def __enter__(self) -> "Prefetched[Batch]":
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __call__(self, index: int) -> Batch:
        """Return the batch of an index."""
        needed = range(index, index + self._num_ahead + 1)
        for stale in self._pending.keys() - set(needed):
            self._pending.pop(stale).cancel()
        for ahead in needed:
            if ahead not in self._pending:
                self._pending[ahead] = self._pool.submit(self._feed, ahead)
        return self._pending.pop(index).result()
