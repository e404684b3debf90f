"""LeNet as shipped with DIGITS, the classifier of [Baker2018] (figure 5.1)."""

import itertools
from collections.abc import Iterator
from typing import Any

import keras

from gan_tf.classifiers.objective import SCHEDULE, Classifier
from gan_tf.classifiers.recipe import Recipe, Stage
from gan_tf.classifiers.recipes.caffe_adam import CaffeAdam
from gan_tf.training.objective import Phase

INPUT_SCALE = 0.0125
LEARNING_RATE = 1e-3
DECAY = 0.95
NUM_DECAYS = 100
WEIGHT_DECAY = 1e-5


def lenet(
    image_shape: tuple[int, int, int], num_classes: int, seed: int, weights: str | None = None
) -> keras.Model:
    """Build the network: images in 0..255, [batch, height, width, channels], to logits [batch, K].

    Input times 0.0125, conv 20 5x5, max-pool 2, conv 50 5x5, max-pool 2, dense 500 with ReLU,
    dense K; convolutions are valid and have no activation. Glorot weights, zero biases.

    Args:
      image_shape: height, width and channels; edges of at least 28.
      num_classes: K.
      seed: seed of the initial weights; the same seed and shape give the same weights.
      weights: must be None; there are none.
    """
    layer_seeds = itertools.count(seed * 1000)

    def glorot() -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=next(layer_seeds))

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(image_shape),
            layers.Rescaling(INPUT_SCALE),
            layers.Conv2D(20, 5, kernel_initializer=glorot()),
            layers.MaxPooling2D(2),
            layers.Conv2D(50, 5, kernel_initializer=glorot()),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(500, activation="relu", kernel_initializer=glorot()),
            layers.Dense(num_classes, kernel_initializer=glorot()),
        ],
        name="lenet",
    )


def lenet_optimizer(num_steps: int) -> CaffeAdam:
    """Return Adam at 1e-3 * 0.95^(100 t / T) at step t of T, biases at twice the rate, decay 1e-5.

    DIGITS spreads 100 decays over a training of any length; at 0.95 per epoch the rate would
    vanish by epoch 150 of 500.
    """
    rate = keras.optimizers.schedules.ExponentialDecay(
        LEARNING_RATE, decay_steps=num_steps / NUM_DECAYS, decay_rate=DECAY
    )
    return CaffeAdam(rate, bias_rate=2.0, l2=WEIGHT_DECAY)


def lenet_stages(classifier: Classifier, num_steps: int, log: dict[str, Any]) -> Iterator[Stage]:
    """Yield one stage with ``lenet_optimizer``."""
    yield Stage(Phase(classifier, SCHEDULE, num_steps, {"classifier": lenet_optimizer(num_steps)}))


LENET = Recipe(lenet, lenet_stages)
