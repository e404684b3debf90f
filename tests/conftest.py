"""What every test runs under."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest
import tensorflow as tf

from gan_tf.training.processes.devices import prepare_devices


@pytest.fixture(scope="session", autouse=True)
def exact():
    """Deterministic operations and two threads, as the commands have them, and two logical CPUs.

    The first test of a session is early enough; later, TensorFlow no longer takes it.
    """
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    prepare_devices(2)


@pytest.fixture(scope="session")
def two_devices():
    """The one strategy of two devices: a second one would mix up its messages with the first."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
