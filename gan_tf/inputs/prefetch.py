"""The next batches are made by other threads while this one is in use."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Batch = TypeVar("Batch")


class Prefetched(Generic[Batch]):
    """A feed that gives what another feed gives, and prepares what comes next.

    Any index may be asked for at any time; only one after the other is fast. What the feed raises
    is raised when its batch is asked for. As a context manager it ends its threads.

    Args:
      feed: index -> batch; a pure function of the index that may be called in several threads.
      num_ahead: how many batches are prepared or ready beside the one in use.
      num_threads: how many are prepared at once.
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
        """The batch of an index."""
        wanted = range(index, index + self._num_ahead + 1)
        for stale in self._pending.keys() - set(wanted):
            self._pending.pop(stale).cancel()
        for number in wanted:
            if number not in self._pending:
                self._pending[number] = self._pool.submit(self._feed, number)
        return self._pending.pop(index).result()
