"""Parallel work in several processes, with results in order."""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from data_tools.errors import InputError

Result = TypeVar("Result")

# The function of this worker process, set once: sending it with every chunk is slow.
_function: Callable[[range], object] | None = None


def default_num_workers() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def ordered_results(
    function: Callable[[range], Result], ranges: Sequence[range], num_workers: int
) -> Iterator[Iterator[Result]]:
    """Yield an iterator over ``function(numbers)`` for each range, in order.

    No worker outlives the block, even if it ends with an error.

    Args:
      function: picklable; it is sent to each worker once.
      ranges: chunks of work.
      num_workers: number of processes; with one, everything runs in this process.

    Raises:
      InputError: the function raised it, or a worker was killed.
    """
    if num_workers < 2 or len(ranges) < 2:
        yield map(function, ranges)
        return
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        min(num_workers, len(ranges)),
        mp_context=multiprocessing.get_context(_start_method()),
        initializer=_begin,
        initargs=(function,),
    )
    try:
        yield _results(pool, ranges, 2 * num_workers)
    except BrokenProcessPool:
        raise InputError("a worker process was killed (out of memory?); try --workers=1") from None
    except BaseException:
        # Their unfinished work is no longer needed.
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_method() -> str:
    """Return how worker processes are started.

    Forking is immediate, while starting an interpreter takes as long as converting 500 photos; but
    a fork of a process with threads (of TensorFlow, of a test runner) may hang.
    """
    return "fork" if len(os.listdir("/proc/self/task")) == 1 else "spawn"


def _results(
    pool: ProcessPoolExecutor, ranges: Sequence[range], num_pending: int
) -> Iterator[object]:
    """Yield the results in order, with a few chunks in progress at any time."""
    pending = deque()
    for numbers in ranges:
        pending.append(pool.submit(_work, numbers))
        if len(pending) > num_pending:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def _begin(function: Callable[[range], object]) -> None:
    global _function
    # The garbage collector would write to memory that a forked worker shares with its parent.
    gc.freeze()
    # Ctrl-C reaches the whole group; the parent ends its workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A forked worker has the parent's handler, whose exception would only fail one chunk.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _function = function


def _die_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)


def _work(numbers: range) -> object:
    return _function(numbers)
