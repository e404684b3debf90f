"""Distances between perceptual hashes."""

import numpy as np

from data_tools.checks.perceptual_hash import find_earlier_matches, nearest_distances


def test_distances_to_hashes_with_other_keys():
    hashes = np.array([0b0000, 0b0011, 0b1111, 1 << 63], np.uint64)
    keys = np.arange(4)
    # 0000 and bit 63 differ in 1 bit, 0011 and its neighbors 0000 and 1111 in 2.
    assert nearest_distances(hashes, hashes, keys, keys).tolist() == [1, 2, 2, 1]
    same_group = np.array([7, 7, 8, 9])
    assert nearest_distances(hashes, hashes, same_group, same_group).tolist() == [1, 2, 2, 1]
    # Hashes with the same key are not compared, and there are no others.
    assert nearest_distances(hashes[:2], hashes[:2], same_group[:2], same_group[:2]).tolist() == [
        65,
        65,
    ]


def test_only_kept_hashes_make_later_ones_duplicates():
    hashes = np.array([0b0000, 0b0011, 0b1111], np.uint64)
    # 0011 is near 0000 and dropped; 1111 is near only 0011, which is dropped, and kept.
    assert find_earlier_matches(hashes, 2, num_kept=0).tolist() == [-1, 0, -1]
    # With 0011 kept in any case, 1111 is dropped.
    assert find_earlier_matches(hashes, 2, num_kept=2).tolist() == [-1, -1, 1]
