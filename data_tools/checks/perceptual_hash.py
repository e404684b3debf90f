"""Near duplicates: perceptual hashes that differ in few bits."""

import numpy as np

NUM_BITS = 64
_BLOCK = 256


def nearest_distances(
    queries: np.ndarray, hashes: np.ndarray, query_keys: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """Returns uint8 [num_queries], the bits by which the nearest hash of another key differs.

    Where there is none, the distance is `NUM_BITS` + 1.

    Args:
      queries: uint64 [num_queries].
      hashes: uint64 [num_hashes].
      query_keys: int64 [num_queries]; a query is not compared with hashes of its own key.
      keys: int64 [num_hashes].
    """
    distances = np.full(len(queries), NUM_BITS + 1, np.uint8)
    if not len(hashes):
        return distances
    for start in range(0, len(queries), _BLOCK):
        block = slice(start, start + _BLOCK)
        bits = np.bitwise_count(queries[block, np.newaxis] ^ hashes)
        bits[query_keys[block, np.newaxis] == keys] = NUM_BITS + 1
        distances[block] = bits.min(axis=1)
    return distances


def find_earlier_matches(hashes: np.ndarray, distance: int, num_kept: int) -> np.ndarray:
    """Returns int64 [num_hashes], the position of an earlier hash that stays and is near, or -1.

    The first `num_kept` stay; another one if no earlier one that stays is within `distance` bits.

    Args:
      hashes: uint64 [num_hashes].
      distance: in bits.
      num_kept: how many stay in any case; they have -1.
    """
    found = np.full(len(hashes), -1, np.int64)
    stays = np.zeros(len(hashes), bool)
    stays[:num_kept] = True
    for position in range(num_kept, len(hashes)):
        value = hashes[position]
        near = np.bitwise_count(hashes[:position] ^ value) <= distance
        near &= stays[:position]
        if near.any():
            found[position] = near.argmax()
        else:
            stays[position] = True
    return found
