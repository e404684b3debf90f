"""Blocks and windows of records: sizes from the images alone, neighbors together."""

import numpy as np
import pytest

from data_tools.formats.record_keys import RecordKeys
from data_tools.sources.record_loaders import RecordLoader
from gan_tf.inputs import blocks as blocks_module
from gan_tf.inputs.blocks import BlockBuilder
from gan_tf.inputs.records import _blocks_of_window, _window_at, indices_read_for

KEYS = RecordKeys("image")


def built(records, image_bytes=784):
    builder = BlockBuilder(image_bytes)
    for shard, number in records:
        builder.append(RecordLoader(shard, 100 * number, KEYS, number))
    return builder.blocks()


@pytest.fixture
def small_windows(monkeypatch):
    """Blocks of 3 records, 2 blocks a window."""
    monkeypatch.setattr(blocks_module, "MAX_WINDOW_IMAGES", 6)
    monkeypatch.setattr(blocks_module, "BLOCKS_PER_WINDOW", 2)


@pytest.mark.usefixtures("small_windows")
def test_a_block_is_a_run_of_neighbors_in_one_shard():
    # Shard a has 4 records, of which one does not belong to the source; shard b has 5.
    records = [("a", 0), ("a", 1), ("a", 3), *(("b", number) for number in range(5))]
    blocks = built(records)
    assert blocks.shards == ("a", "b")
    # a0 a1 | a3 | b0 b1 b2 | b3 b4
    assert blocks.shard_ids.tolist() == [0, 0, 1, 1]
    assert blocks.offsets.tolist() == [0, 300, 0, 300]
    assert blocks.firsts.tolist() == [0, 2, 3, 6]
    assert blocks.sizes.tolist() == [2, 1, 3, 2]
    # A window should have 6 of the 8 records, so it has 3 of the 4 blocks.
    assert (blocks.per_window, blocks.per_epoch) == (3, 2)


def test_the_window_size_depends_on_the_images_only():
    one_shard = [("a", number) for number in range(20_480)]
    # 28x28 gray: the limit of 8,192 images holds, in 32 blocks of 256.
    small = built(one_shard)
    assert (small.sizes[0], small.per_window) == (256, 32)
    # 64 MiB hold 341 images of 256x256x3; blocks of 10, of which 35 make a window.
    large = built(one_shard, 256 * 256 * 3)
    assert (large.sizes[0], large.per_window) == (10, 35)
    # A single image may exceed the limit.
    assert built(one_shard[:3], 2**30).sizes.tolist() == [1, 1, 1]


@pytest.mark.usefixtures("small_windows")
def test_an_epoch_has_every_block_once_and_positions_lie_in_their_windows():
    blocks = built([("a", number) for number in range(20)])  # 7 blocks, the last of 2 records
    position = 0
    for epoch in range(3):
        seen = []
        for number in range(blocks.per_epoch):
            window = epoch * blocks.per_epoch + number
            members = _blocks_of_window(blocks, 5, window).numpy()
            seen += members.tolist()
            for place in range(blocks.sizes[members].sum()):
                assert _window_at(blocks, 5, position) == (window, place)
                position += 1
        assert sorted(seen) == list(range(7))
    assert position == 60


@pytest.mark.usefixtures("small_windows")
def test_a_batch_reads_the_windows_that_it_touches():
    blocks = built([("a", number) for number in range(18)])  # 6 full blocks, 3 windows
    # Positions 4 to 7 are in the first two windows.
    first_two = np.concatenate([_blocks_of_window(blocks, 1, window) for window in (0, 1)])
    expected = sorted(3 * block + i for block in first_two.tolist() for i in range(3))
    assert sorted(indices_read_for(blocks, 4, 1, batch=1)) == expected
