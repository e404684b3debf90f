"""Environment of every test."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest
import tensorflow as tf

from gan_tf.training.processes.devices import prepare_devices


@pytest.fixture(scope="session", autouse=True)
def exact():
    """Set up deterministic operations and two threads, as the commands do, and two logical CPUs.

    TensorFlow accepts this only before its first operation.
    """
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    prepare_devices(2)


@pytest.fixture(scope="session")
def two_devices():
    """Return the only strategy of two devices: a second one's messages would interfere with it."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
