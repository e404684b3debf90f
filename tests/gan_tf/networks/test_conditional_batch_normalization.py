"""Batch normalization with a gain and a shift for each class."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization


def two_classes(**options):
    """Return a layer for one channel whose classes have gains 2 and 5 and shifts 10 and 20."""
    layer = ConditionalBatchNormalization(momentum=0.9, epsilon=0.0, **options)
    layer.build([(None, 1, 1, 1), (None, 2)])
    layer.gain.assign([[2.0], [5.0]])
    layer.shift.assign([[10.0], [20.0]])
    return layer


# Values 1 and 3 have mean 2 and variance 1, whatever their classes are, so they become -1 and 1.
FEATURES = np.array([1.0, 3.0], np.float32).reshape(2, 1, 1, 1)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        # -1 * 2 + 10 and 1 * 5 + 20.
        ([[1.0, 0.0], [0.0, 1.0]], [8.0, 25.0]),
        # Half of each class: gain 3.5, shift 15.
        ([[0.5, 0.5], [0.5, 0.5]], [11.5, 18.5]),
    ],
)
def test_each_class_has_its_gain_and_shift(y, expected):
    layer = two_classes()
    outputs = layer([FEATURES, tf.constant(y)], training=True)
    np.testing.assert_allclose(outputs[:, 0, 0, 0], expected, rtol=1e-5)
    # From 0 and 1 with momentum 0.9: 0.1 * 2 and 0.9 + 0.1 * 1.
    np.testing.assert_allclose(layer.moving_mean, [0.2], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [1.0], rtol=1e-6)


def test_moving_statistics_are_used_outside_training():
    layer = two_classes()
    layer.moving_mean.assign([1.0])
    layer.moving_variance.assign([4.0])
    # (1 - 1) / 2 = 0 and (3 - 1) / 2 = 1.
    outputs = layer([FEATURES, tf.eye(2)], training=False)
    np.testing.assert_allclose(outputs[:, 0, 0, 0], [10.0, 25.0], rtol=1e-5)


def test_initially_it_is_plain_batch_normalization():
    layer = ConditionalBatchNormalization(momentum=0.9, epsilon=1e-5)
    features = tf.random.stateless_normal([6, 2, 3, 4], [0, 1]) * 3.0 + 2.0
    outputs = layer([features, tf.one_hot([0, 1, 2, 0, 1, 2], 3)], training=True).numpy()
    values = features.numpy()
    mean, variance = values.mean((0, 1, 2)), values.var((0, 1, 2))
    np.testing.assert_allclose(outputs, (values - mean) / np.sqrt(variance + 1e-5), atol=1e-5)
    assert [tuple(v.shape) for v in layer.trainable_variables] == [(3, 4), (3, 4)]


def test_statistics_of_replicas_are_those_of_all(two_devices):
    # Each replica has one of the values 1 and 3.
    with two_devices.scope():
        layer = two_classes(synchronized=True)

    def normalize():
        index = tf.distribute.get_replica_context().replica_id_in_sync_group
        features = tf.gather(FEATURES, [index])
        return layer([features, tf.one_hot([index], 2)], training=True)

    outputs = two_devices.experimental_local_results(two_devices.run(tf.function(normalize)))
    np.testing.assert_allclose(np.ravel(outputs), [8.0, 25.0], rtol=1e-5)


def test_features_keep_their_precision():
    layer = ConditionalBatchNormalization(momentum=0.9, epsilon=1e-5, dtype="mixed_bfloat16")
    outputs = layer([tf.zeros([2, 3, 3, 4], tf.bfloat16), tf.eye(2)], training=True)
    assert outputs.dtype == tf.bfloat16
    assert {v.dtype for v in layer.variables} == {"float32"}
