"""The order of streamed images: every image once per epoch, window by window."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gan_tf.inputs.window_order import Window, WindowOrder, window_order

ORDERS = st.builds(
    WindowOrder,
    num_images=st.integers(1, 60),
    block_size=st.integers(1, 9),
    window_blocks=st.integers(1, 5),
    seed=st.integers(0, 2**64),
)


def epoch_windows(order, epoch):
    """Yield the windows of an epoch in order."""
    windows, position = [], epoch * order.num_images
    while position < (epoch + 1) * order.num_images:
        windows.append(order.window_at(position))
        position += len(order.images(windows[-1]))
    assert position == (epoch + 1) * order.num_images
    return windows


@given(order=ORDERS, epoch=st.integers(0, 3))
def test_an_epoch_has_every_image_once_and_a_window_complete_blocks(order, epoch):
    windows = epoch_windows(order, epoch)
    numbers = np.concatenate([order.images(window) for window in windows])
    assert sorted(numbers) == list(range(order.num_images))
    num_blocks = 0
    for window in windows:
        blocks = order.blocks(window)
        num_blocks += len(blocks)
        assert sorted(order.images(window)) == sorted(n for block in blocks for n in block)
        assert all(block.start % order.block_size == 0 for block in blocks)
    assert num_blocks == -(-order.num_images // order.block_size)


@given(order=ORDERS, position=st.integers(0, 200))
def test_window_at_returns_the_window_of_a_position(order, position):
    window = order.window_at(position)
    epoch, place = divmod(position, order.num_images)
    assert window.epoch == epoch
    assert window.start <= place < window.start + len(order.images(window))
    # Consecutive windows have no gap between them.
    starts = [w.start for w in epoch_windows(order, epoch)]
    assert window.start == max(start for start in starts if start <= place)


def test_the_order_depends_on_seed_epoch_and_window():
    # 40 images in blocks of 5, four blocks a window: two windows an epoch.
    def images(seed=0, epoch=0, number=0):
        order = WindowOrder(40, 5, 4, seed)
        return order.images(Window(epoch, number, 20 * number)).tolist()

    first = images()
    assert first == images()
    assert first != images(seed=1) != images(epoch=1) != first
    # The images of a window are shuffled across its blocks.
    assert [number // 5 for number in first] != sorted(number // 5 for number in first)


def test_the_window_size_depends_on_the_images_only():
    # 28x28 gray: the limit of 8,192 images holds, in 32 blocks of 256.
    small = window_order(60_000, 784, 0)
    assert (small.block_size, len(small.blocks(small.window_at(0)))) == (256, 32)
    # 64 MiB hold 341 images of 256x256x3; blocks of 10, of which 35 make a window.
    large = window_order(60_000, 256 * 256 * 3, 0)
    assert (large.block_size, len(large.blocks(large.window_at(0)))) == (10, 35)
    # A single image may exceed the limit.
    assert window_order(3, 2**30, 0).block_size == 1
