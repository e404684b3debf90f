"""A cDCGAN without batch normalization, which has no dropout, moved by SGD.

Nothing in it looks at other examples or divides by small numbers, so that devices may differ by the
rounding of their sums alone.
"""

import keras
import numpy as np
from small_families import noise_batch

from gan_tf.gans.adversarial import AdversarialGan
from gan_tf.networks import cdcgan
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.objective import Phase
from gan_tf.training.step import Step

SHAPE = (8, 8, 1)
NUM_STEPS = 5


def weights_before_and_after() -> tuple[np.ndarray, np.ndarray]:
    """All weights of both networks, in one row, before and after five steps of eight images."""
    settings = NetworkOptions(seed=1, width=0.1, normalization="none")
    family = AdversarialGan(
        lambda: cdcgan.build_generator(SHAPE, 2, 4, settings),
        lambda: cdcgan.build_discriminator(SHAPE, 2, settings),
        conditional=True,
        num_classes=2,
        latent_dim=4,
        pixel_range=(0.0, 1.0),
        loss="non_saturating",
    )
    # Deviations of 0.02 are made for normalized layers; without them next to nothing would move.
    for variable in _variables(family):
        variable.assign(4.0 * variable)
    optimizers = {name: keras.optimizers.SGD(0.5) for name in family.networks}
    step = Step(Phase(family, family.schedule(1, 2), NUM_STEPS, optimizers), seed=3)
    batch = noise_batch(SHAPE, 8)
    before = _weights(family)
    for number in range(NUM_STEPS):
        step(number, [batch])
    return before, _weights(family)


def _variables(family) -> list[keras.Variable]:
    return [v for network in family.networks.values() for v in network.trainable_variables]


def _weights(family) -> np.ndarray:
    return np.concatenate([np.ravel(v) for v in _variables(family)])
