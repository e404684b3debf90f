"""Prefetched batches: the same batches, prepared ahead."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tf.inputs.prefetch import Prefetched


@settings(max_examples=30)
@given(
    indices=st.lists(st.integers(0, 30), max_size=20),
    num_ahead=st.integers(0, 4),
    num_threads=st.integers(1, 3),
)
def test_any_index_returns_its_own_batch(indices, num_ahead, num_threads):
    with Prefetched(lambda index: index * 10, num_ahead, num_threads) as feed:
        assert [feed(index) for index in indices] == [index * 10 for index in indices]


def test_the_next_batches_are_prepared_ahead():
    made = [threading.Event() for _ in range(5)]

    def feed(index):
        made[index].set()
        return index

    with Prefetched(feed, 2, 1) as prefetched:
        prefetched(0)
        # Exactly two ahead.
        assert made[1].wait(5) and made[2].wait(5)
        assert not made[3].is_set()
        prefetched(1)
        assert made[3].wait(5)


def test_an_error_is_raised_when_its_batch_is_read():
    def feed(index):
        if index == 1:
            raise ValueError("batch 1")
        return index

    with Prefetched(feed, 2, 2) as prefetched:
        assert prefetched(0) == 0
        with pytest.raises(ValueError, match="batch 1"):
            prefetched(1)
        assert prefetched(2) == 2


def test_leaving_ends_the_threads():
    with Prefetched(lambda index: index, 2, 2) as prefetched:
        prefetched(0)
        assert any(thread.name.startswith("input") for thread in threading.enumerate())
    assert not any(thread.name.startswith("input") for thread in threading.enumerate())
