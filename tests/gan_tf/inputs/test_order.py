"""The order of examples: every epoch has each once, and a pipeline starts at any batch."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tf.inputs.order import index_batches, permutation
from gan_tf.inputs.share import Share


def taken(dataset, num_batches):
    return [batch.numpy() for batch in itertools.islice(dataset, num_batches)]


@settings(max_examples=20, deadline=None)
@given(
    size=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    seed=st.integers(0, 2**64 - 1),
    first=st.integers(0, 9),
)
def test_every_epoch_is_a_permutation_and_any_batch_can_be_the_first(size, batch_size, seed, first):
    num_batches = max(first + 1, -(-3 * size // batch_size))
    whole = taken(index_batches(size, batch_size, seed), num_batches)
    order = np.concatenate(whole)
    for epoch in order[: 3 * size].reshape(3, size):
        assert sorted(epoch) == list(range(size))
    resumed = taken(index_batches(size, batch_size, seed, first), num_batches - first)
    np.testing.assert_array_equal(resumed, whole[first:])


def test_the_order_is_that_of_the_keys_of_seed_and_epoch():
    # Batches of 4 of 10 examples: the second epoch begins in the middle of batch 2.
    order = np.concatenate(taken(index_batches(10, 4, seed=7), 5))
    np.testing.assert_array_equal(order[:10], permutation(10, 7, 0))
    np.testing.assert_array_equal(order[10:], permutation(10, 7, 1))


@pytest.mark.parametrize("counters", [(), (3,), (3, 1)])
def test_permutations_of_other_seeds_and_counters_differ(counters):
    one = permutation(50, 5, *counters).numpy().tolist()
    assert one == permutation(50, 5, *counters).numpy().tolist()
    others = [(6, *counters), (5 + 2**31, *counters), (5, *counters, 0), (5, 4)]
    assert one not in [permutation(50, *other).numpy().tolist() for other in others]


def test_more_examples_keep_the_order_of_the_first_ones():
    few, many = permutation(1000, 3, 0).numpy(), permutation(2503, 3, 0).numpy()
    np.testing.assert_array_equal(many[many < 1000], few)


def test_all_orders_of_few_examples_are_equally_frequent():
    # 1,200 epochs of 4 examples: each of the 24 orders is expected 50 times. The sum of squared
    # deviations over 50 has 23 degrees of freedom; it exceeds 49.7 once in a thousand seeds.
    counts = {}
    for epoch in range(1200):
        order = tuple(permutation(4, 0, epoch).numpy().tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((count - 50) ** 2 / 50 for count in counts.values()) < 49.7


def test_workers_share_every_batch_without_overlap():
    whole = taken(index_batches(7, 6, seed=1), 8)
    shares = [taken(index_batches(7, 6, seed=1, share=Share(index, 3)), 8) for index in range(3)]
    np.testing.assert_array_equal(np.concatenate(shares, axis=1), whole)
    with pytest.raises(ValueError, match="batch size 6 is no multiple of 4 workers"):
        index_batches(7, 6, seed=1, share=Share(0, 4))
