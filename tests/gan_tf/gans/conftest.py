"""Steps that are taken once."""

import pytest
import tensorflow as tf


@pytest.fixture
def eager():
    """One step costs less than its compilation."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
