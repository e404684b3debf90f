"""``Share``, the part of every batch that a worker gets."""

from typing import NamedTuple


class Share(NamedTuple):
    """A worker's part of every batch.

    Attributes:
      index: number of the worker, from 0.
      count: number of workers.
    """

    index: int
    count: int

    def rows(self, batch_size: int) -> slice:
        """Return the rows of a batch that are this worker's.

        Raises:
          ValueError: the batch cannot be divided equally.
        """
        size, remainder = divmod(batch_size, self.count)
        if remainder:
            raise ValueError(f"batch size {batch_size} is no multiple of {self.count} workers")
        return slice(self.index * size, (self.index + 1) * size)


WHOLE = Share(0, 1)
