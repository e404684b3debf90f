"""A cDCGAN without batch normalization or dropout, trained by SGD.

No example depends on another and nothing is divided by small numbers, so that devices differ only
in the rounding of their sums.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from small_families import noise_batch

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.gans.options import FamilyOptions
from gan_tf.networks import cdcgan
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.objective import Phase
from gan_tf.training.step import Step

SHAPE = (8, 8, 1)
NUM_STEPS = 5


def weights_before_and_after() -> tuple[np.ndarray, np.ndarray]:
    """Return all weights as one vector, before and after five steps of eight images."""
    networks = NetworkOptions(seed=1, width=0.1, normalization="none")
    family = AdversarialGan(
        lambda: cdcgan.build_generator(SHAPE, 2, 4, networks),
        lambda: cdcgan.build_discriminator(SHAPE, 2, networks),
        (4, 4),
        FamilyOptions(latent_dim=4),
        conditional=True,
        pixel_range=(0.0, 1.0),
    )
    # A standard deviation of 0.02 suits normalized layers; without them almost nothing would move.
    for variable in _variables(family):
        variable.assign(4.0 * variable)
    optimizers = {name: keras.optimizers.SGD(0.5) for name in family.networks}
    step = Step(Phase(family, family.schedule(1, 2), NUM_STEPS, optimizers), seed=3)
    batch = on_replicas(noise_batch(SHAPE, 8))
    before = _weights(family)
    for number in range(NUM_STEPS):
        step(number, [batch])
    return before, _weights(family)


def on_replicas(batch: Mapping[str, np.ndarray]) -> Mapping[str, Any]:
    """Return a batch as the replicas of the strategy in scope get it, a slice for each."""
    strategy = tf.distribute.get_strategy()
    num_replicas = strategy.num_replicas_in_sync
    if num_replicas == 1:
        return batch

    def divided(values):
        slices = np.split(values, num_replicas)
        return strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(slices[context.replica_id_in_sync_group])
        )

    return {name: divided(values) for name, values in batch.items()}


def _variables(family) -> list[keras.Variable]:
    return [v for network in family.networks.values() for v in network.trainable_variables]


def _weights(family) -> np.ndarray:
    return np.concatenate([np.ravel(v) for v in _variables(family)])
