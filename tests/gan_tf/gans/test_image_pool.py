"""The image pool against a plain list."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.gans.image_pool import ImagePool
from gan_tf.training.noise import Noise

SHAPE = (1, 2, 1)


class PlainPool:
    """Zhu et al. (2017) in Python: a list that is filled, then swapped image by image."""

    def __init__(self, size):
        self.size = size
        self.images = []

    def exchange(self, image, draw, place):
        if len(self.images) < self.size:
            self.images.append(image)
            return image
        if draw >= 0.5:
            return image
        place = int(place * self.size)
        old, self.images[place] = self.images[place], image
        return old


def batches(num_batches, batch_size):
    """Return images that each hold their own number."""
    numbers = np.arange(num_batches * batch_size, dtype=np.float32)
    return np.tile(numbers.reshape(num_batches, batch_size, 1, 1, 1), (1, 1, *SHAPE))


def pass_through(pool, images, noise):
    shown, state = pool.exchange(tf.constant(images), noise)
    for name, value in state.items():
        pool.state[name].assign(value)
    return shown.numpy()


@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_pool_is_a_list_that_is_filled_and_then_swapped(batch_size):
    pool, plain = ImagePool("pool", SHAPE, size=5), PlainPool(5)
    changed = 0
    for step, images in enumerate(batches(20, batch_size)):
        noise = Noise(Noise.key(3, step), batch_size)
        draws = noise.uniform("pool", [2]).numpy()
        expected = [plain.exchange(x, *draw) for x, draw in zip(images, draws, strict=True)]
        shown = pass_through(pool, images, noise)
        np.testing.assert_array_equal(shown, expected)
        assert pool.state["pool_count"].numpy() == len(plain.images)
        held = pool.state["pool"].numpy()[: len(plain.images)]
        np.testing.assert_array_equal(held, plain.images)
        changed += np.any(shown != images, axis=(1, 2, 3)).sum()
    # Half of the images after the fifth are swapped.
    assert changed / (20 * batch_size - 5) == pytest.approx(0.5, abs=0.25)


def test_pool_holds_fifty_images():
    pool = ImagePool("pool", SHAPE, 50)
    images = batches(30, 4)
    shown = [pass_through(pool, x, Noise(Noise.key(0, step), 4)) for step, x in enumerate(images)]
    # The first fifty are returned unchanged; twelve batches of four are 48 of them.
    np.testing.assert_array_equal(shown[:12], images[:12])
    assert np.any(np.array(shown[13:]) != images[13:])
    assert len(set(pool.state["pool"].numpy()[:, 0, 0, 0])) == 50


def test_another_seed_returns_other_images():
    shown = []
    for seed in (0, 1):
        pool = ImagePool("pool", SHAPE, size=2)
        shown.append([pass_through(pool, x, Noise(Noise.key(seed, 0), 8)) for x in batches(1, 8)])
    assert not np.array_equal(*shown)


def test_two_replicas_share_one_pool(two_devices):
    # Two replicas of four images equal one device of eight: they return and keep the same images.
    images = batches(3, 8)
    one, plain_shown = ImagePool("pool", SHAPE, size=5), []
    for step, batch in enumerate(images):
        plain_shown.append(pass_through(one, batch, Noise(Noise.key(2, step), 8)))
    with two_devices.scope():
        two = ImagePool("pool", SHAPE, size=5)

    @tf.function
    def replica_step(step, share):
        replica = tf.distribute.get_replica_context()
        first = replica.replica_id_in_sync_group * 4
        shown, state = two.exchange(share, Noise(Noise.key(2, step), 4, first, 8))
        for name, value in state.items():
            two.state[name].assign(value)
        return shown

    for step, batch in enumerate(images):
        shares = two_devices.experimental_distribute_values_from_function(
            lambda context, batch=batch: tf.constant(
                batch[4 * context.replica_id_in_sync_group :][:4]
            )
        )
        shown = two_devices.run(replica_step, (tf.constant(step), shares))
        parts = two_devices.experimental_local_results(shown)
        np.testing.assert_array_equal(np.concatenate(parts), plain_shown[step])
    for name, variable in two.state.items():
        for copy in two_devices.experimental_local_results(variable):
            np.testing.assert_array_equal(copy.numpy(), one.state[name].numpy())


def test_pool_is_restored_under_another_strategy(two_devices, tmp_path):
    one = ImagePool("pool", SHAPE, size=5)
    with two_devices.scope():
        two = ImagePool("pool", SHAPE, size=5)
    for step, batch in enumerate(batches(2, 4)):
        pass_through(one, batch, Noise(Noise.key(0, step), 4))
    path = tf.train.Checkpoint(**one.state).write(str(tmp_path / "one"))
    tf.train.Checkpoint(**two.state).read(path).assert_consumed()
    for name, variable in one.state.items():
        assert np.any(variable.numpy())
        for copy in two_devices.experimental_local_results(two.state[name]):
            np.testing.assert_array_equal(copy.numpy(), variable.numpy())
    back = ImagePool("pool", SHAPE, size=5)
    path = tf.train.Checkpoint(**two.state).write(str(tmp_path / "two"))
    tf.train.Checkpoint(**back.state).read(path).assert_consumed()
    for name, variable in one.state.items():
        np.testing.assert_array_equal(back.state[name].numpy(), variable.numpy())
