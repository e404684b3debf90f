"""Averaged weights and their batch statistics against numbers worked out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tf.training.optimizers.averaging import WeightAverage, reestimate_batch_statistics


def dense():
    return keras.Sequential(
        [keras.Input([1]), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )


def test_decay_is_ramped():
    source, average = dense(), WeightAverage(dense(), dense(), 0.0).network
    mean = WeightAverage(source, average, decay=0.999)
    source.set_weights([np.ones([1, 1])])
    expected = 0.0
    for count in range(3):
        mean.update(tf.constant(count, tf.int64))
        # Decays 1/10, 2/11, 3/12: 0.9, then 1 - 0.1 * 2/11, ...
        decay = (1 + count) / (10 + count)
        expected = decay * expected + (1 - decay) * 1.0
        assert float(average.get_weights()[0][0, 0]) == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(1 - 0.1 * (2 / 11) * 0.25)


def test_decay_is_limited():
    source = dense()
    mean = WeightAverage(source, dense(), decay=0.5)
    source.set_weights([np.ones([1, 1])])
    mean.update(tf.constant(1_000_000, tf.int64))
    assert float(mean.network.get_weights()[0][0, 0]) == pytest.approx(0.5)


def test_average_starts_at_the_source():
    source = dense()
    source.set_weights([np.full([1, 1], 3.0)])
    assert float(WeightAverage(source, dense(), 0.9).network.get_weights()[0][0, 0]) == 3.0


def test_batch_statistics_become_the_mean_over_fresh_batches():
    layer = keras.layers.BatchNormalization(momentum=0.9)
    network = keras.Sequential([keras.Input([1]), layer])
    layer.moving_mean.assign([99.0])
    # Batches {i - 1, i + 1}: means 0, 1, 2, 3 and variance 1 each.
    batches = [np.array([[i - 1.0], [i + 1.0]], np.float32) for i in range(4)]
    reestimate_batch_statistics(network, lambda index: batches[index], num_batches=4)
    assert float(layer.moving_mean[0]) == pytest.approx(1.5)
    assert float(layer.moving_variance[0]) == pytest.approx(1.0)
    assert layer.momentum == 0.9
