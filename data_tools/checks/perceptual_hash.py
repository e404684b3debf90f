"""Near-duplicates: perceptual hashes that differ in few bits."""

import numpy as np

NUM_BITS = 64
_BLOCK = 256


def nearest_distances(
    queries: np.ndarray, hashes: np.ndarray, query_keys: np.ndarray, keys: np.ndarray
) -> np.ndarray:
    """Return the Hamming distance of each query to the nearest hash with another key.

    Args:
      queries: uint64 [num_queries].
      hashes: uint64 [num_hashes].
      query_keys: int64 [num_queries]; a query is not compared with hashes of the same key.
      keys: int64 [num_hashes].

    Returns:
      uint8 [num_queries], ``NUM_BITS`` + 1 if there is no hash with another key.
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
    """Return, for each hash, the position of an earlier kept hash that is near, or -1.

    A hash is kept if it is among the first ``num_kept``, or if no earlier kept hash is within
    ``distance`` bits.

    Args:
      hashes: uint64 [num_hashes].
      distance: Hamming distance up to which hashes are near.
      num_kept: number of leading hashes that are always kept; their value is -1.

    Returns:
      int64 [num_hashes].
    """
    matches = np.full(len(hashes), -1, np.int64)
    is_kept = np.zeros(len(hashes), bool)
    is_kept[:num_kept] = True
    for position in range(num_kept, len(hashes)):
        value = hashes[position]
        is_near = np.bitwise_count(hashes[:position] ^ value) <= distance
        is_near &= is_kept[:position]
        if is_near.any():
            matches[position] = is_near.argmax()
        else:
            is_kept[position] = True
    return matches
