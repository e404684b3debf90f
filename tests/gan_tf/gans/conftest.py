"""Fixtures for tests that train a single step."""

import pytest
import tensorflow as tf


@pytest.fixture
def eager():
    """Run without compilation, which costs more than a single step."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
