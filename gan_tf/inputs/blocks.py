"""Blocks of neighboring records, the unit in which TFRecords are read in a random order."""

from array import array
from typing import NamedTuple

import numpy as np

from data_tools.sources.record_loaders import RecordLoader

#: Size of a window when decoded: small enough for memory, large enough to mix well.
WINDOW_BYTES = 64 * 2**20
MAX_WINDOW_IMAGES = 8192
BLOCKS_PER_WINDOW = 32


class Blocks(NamedTuple):
    """Records of a source in blocks: each block is a run of neighbors in one shard.

    A block takes 32 bytes, whatever the number of its records.

    Attributes:
      shards: paths of the shards.
      shard_ids: int64 [num_blocks], positions in ``shards``.
      offsets: int64 [num_blocks], the byte at which the first record begins.
      firsts: int64 [num_blocks], the index of the first record in the source.
      sizes: int64 [num_blocks], numbers of records.
      per_window: number of blocks of which the records are shuffled together.
    """

    shards: tuple[str, ...]
    shard_ids: np.ndarray
    offsets: np.ndarray
    firsts: np.ndarray
    sizes: np.ndarray
    per_window: int

    @property
    def per_epoch(self) -> int:
        """Number of windows in an epoch."""
        return -(-len(self.sizes) // self.per_window)

    @property
    def max_window_size(self) -> int:
        """Largest possible number of records of a window."""
        return int(self.sizes.max()) * self.per_window


class BlockBuilder:
    """Divides the records of a source into blocks, the same on any machine.

    Args:
      image_bytes: size of an image when decoded.
    """

    def __init__(self, image_bytes: int):
        self._window_size = max(1, min(WINDOW_BYTES // image_bytes, MAX_WINDOW_IMAGES))
        self._block_size = max(1, self._window_size // BLOCKS_PER_WINDOW)
        self._shards: dict[str, int] = {}
        self._shard_ids, self._offsets, self._firsts = array("q"), array("q"), array("q")
        self._num_records = 0
        self._next = ("", 0)

    def append(self, record: RecordLoader) -> None:
        """Append a record, which gets the next index."""
        is_neighbor = (record.shard, record.number) == self._next
        if not is_neighbor or self._num_records - self._firsts[-1] == self._block_size:
            self._shard_ids.append(self._shards.setdefault(record.shard, len(self._shards)))
            self._offsets.append(record.offset)
            self._firsts.append(self._num_records)
        self._num_records += 1
        self._next = (record.shard, record.number + 1)

    def blocks(self) -> Blocks:
        """Return the blocks of the records so far, of which there must be one or more."""
        sizes = np.diff(self._firsts, append=self._num_records)
        # Blocks are shorter than they should be, if the source leaves records out.
        per_window = -(-self._window_size * len(sizes) // self._num_records)
        return Blocks(
            tuple(self._shards),
            np.array(self._shard_ids),
            np.array(self._offsets),
            np.array(self._firsts),
            sizes,
            per_window,
        )
