"""What every test runs under."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest

from gan_tf.training.devices import prepare_devices


@pytest.fixture(scope="session", autouse=True)
def exact():
    """Deterministic operations and two threads, as the commands have them.

    The first test of a session is early enough; later, TensorFlow no longer takes it.
    """
    prepare_devices(2)
