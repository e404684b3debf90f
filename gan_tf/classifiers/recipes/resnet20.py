"""ResNet-20 for images of 32 to 64 pixels."""

import itertools
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from gan_tf.classifiers.objective import SCHEDULE, Classifier
from gan_tf.classifiers.recipe import Recipe, Stage
from gan_tf.classifiers.recipes.one_cycle import OneCycleAdam
from gan_tf.training.objective import Phase

STAGE_WIDTHS = (16, 32, 64)
BLOCKS_PER_STAGE = 3
MAX_RATE = 3e-3


def resnet20(
    image_shape: tuple[int, int, int], num_classes: int, seed: int, weights: str | None = None
) -> keras.Model:
    """Build the network of He et al. 2016, "Deep Residual Learning", section 4.2 with n = 3.

    A 3x3 convolution, three stages of three blocks with 16, 32 and 64 maps, the second and third
    starting with stride 2, global average pooling, dense. Shortcuts have no parameters (option A).
    He initialization, no biases before batch normalization. Images in 0..255 to logits.

    Args:
      image_shape: height, width and channels.
      num_classes: number of logits.
      seed: seed of the initial weights.
      weights: must be None; there are none.
    """
    layer_seeds = itertools.count(seed * 1000)
    inputs = keras.Input(image_shape)
    values = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    values = _normalized(_conv(values, STAGE_WIDTHS[0], 1, layer_seeds))
    for width in STAGE_WIDTHS:
        for block in range(BLOCKS_PER_STAGE):
            stride = 2 if block == 0 and width != STAGE_WIDTHS[0] else 1
            values = _block(values, width, stride, layer_seeds)
    values = keras.layers.GlobalAveragePooling2D()(values)
    initializer = keras.initializers.HeNormal(seed=next(layer_seeds))
    logits = keras.layers.Dense(num_classes, kernel_initializer=initializer)(values)
    return keras.Model(inputs, logits, name="resnet20")


def _conv(values, width: int, stride: int, layer_seeds: Iterator[int]):
    return keras.layers.Conv2D(
        width,
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(seed=next(layer_seeds)),
    )(values)


def _normalized(values):
    return ops.relu(keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(values))


def _block(values, width: int, stride: int, layer_seeds: Iterator[int]):
    """Apply two convolutions and add a shortcut that subsamples and pads with zero maps."""
    residual = _normalized(_conv(values, width, stride, layer_seeds))
    residual = _conv(residual, width, 1, layer_seeds)
    residual = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(residual)
    shortcut = values[:, ::stride, ::stride]
    missing = width - values.shape[-1]
    shortcut = ops.pad(shortcut, ((0, 0), (0, 0), (0, 0), (0, missing)))
    return ops.relu(residual + shortcut)


def resnet20_stages(classifier: Classifier, num_steps: int, log: dict[str, Any]) -> Iterator[Stage]:
    """Yield one cycle of Adam up to 3e-3.

    The paper trains 64,000 steps of SGD from 0.1; one cycle of Adam needs a few thousand.
    """
    optimizers = {"classifier": OneCycleAdam(MAX_RATE, num_steps)}
    yield Stage(Phase(classifier, SCHEDULE, num_steps, optimizers))


RESNET20 = Recipe(resnet20, resnet20_stages)
