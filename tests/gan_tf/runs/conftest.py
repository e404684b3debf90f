"""A small run on real digits."""

import pytest

from gan_tf.inputs.images import load_images
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.options import LogOptions


@pytest.fixture(scope="session")
def digits():
    """The first 60 of scikit-learn's digits."""
    images = load_images("sklearn:digits")
    return images._replace(
        images=images.images[:60], labels=images.labels[:60], examples=images.examples[:60]
    )


@pytest.fixture(scope="session")
def config():
    """A narrow conditional DCGAN, four steps."""
    return TrainConfig(
        gan="cdcgan",
        latent_dim=4,
        width=0.02,
        steps=4,
        batch_size=8,
        ema_decay=0.9,
        input="memory",
        threads=2,
        seed=3,
    )


@pytest.fixture(scope="session")
def log_options():
    """Everything at every second step."""
    return LogOptions(log_every=1, sample_every=2, checkpoint_every=2, keep_checkpoints=9)
