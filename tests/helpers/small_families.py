"""A small form of every family of GANs, for tests that train each of them for a few steps."""

from typing import NamedTuple

import keras
import numpy as np
from sklearn.datasets import load_digits

from gan_tf.gans import GANS
from gan_tf.inputs.domains import TwoDomains
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import TrainConfig, build_train_state
from gan_tf.runs.training import data_card, training_feed
from gan_tf.training.step import Step


class SmallFamily(NamedTuple):
    """What makes a family small.

    Attributes:
      image_shape: height, width, channels of images that it takes.
      width: of its networks, see ``gan_tf.networks.layers.NetworkOptions``.
      changes: to ``small_config``, by name.
    """

    image_shape: tuple[int, int, int]
    width: float
    changes: dict = {}


SMALL_FAMILIES = {
    "acgan": SmallFamily((16, 16, 3), 0.02, {"label_distribution": "tempered"}),
    "cdcgan": SmallFamily((8, 8, 1), 0.02),
    "cyclegan": SmallFamily(
        (24, 24, 1),
        0.02,
        # Each pool is full and exchanged from the second step on.
        {
            "loss": "least_squares",
            "batch_size": 4,
            "generator_steps": 1,
            "pool_size": 5,
            "residual_blocks": 1,
        },
    ),
    "dcgan": SmallFamily((32, 32, 3), 0.02, {"loss": "hinge", "spectral_norm": True}),
    # No two losses are within a thousandth at first.
    "upsampling_dcgan": SmallFamily((16, 16, 3), 0.02, {"margin": 1e-3, "margin_updates": 2}),
    # One update of both networks at once.
    "upsampling_gan": SmallFamily((32, 32, 3), 0.02, {"loss": "wasserstein", "generator_steps": 1}),
}


def noise_batch(image_shape: tuple[int, int, int], num_images: int) -> dict[str, np.ndarray]:
    """A batch of uint8 noise images with labels 0 and 1 in turn."""
    generator = np.random.default_rng(0)
    return {
        "image": generator.integers(0, 256, (num_images, *image_shape), np.uint8),
        "label": np.arange(num_images, dtype=np.int32) % 2,
    }


def small_config(gan: str) -> TrainConfig:
    """Four steps of eight images."""
    config = TrainConfig(
        gan=gan,
        loss="non_saturating",
        latent_dim=4,
        width=SMALL_FAMILIES[gan].width,
        steps=4,
        batch_size=8,
        learning_rate=2e-4,
        discriminator_learning_rate=0.0,
        beta1=0.5,
        discriminator_steps=1,
        generator_steps=2,
        ema_decay=0.9,
        precision="float32",
        threads=2,
        seed=3,
    )
    return config._replace(**SMALL_FAMILIES[gan].changes)


def digit_images(
    image_shape: tuple[int, int, int], num_images: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's zeros and ones, 8x8, repeated and cut to a shape: uint8 images and labels."""
    digits = load_digits(n_class=2)
    height, width, channels = image_shape
    images = np.rint(digits.images[:num_images] * (255 / 16)).astype(np.uint8)
    enlarged = images.repeat(-(-height // 8), axis=1).repeat(-(-width // 8), axis=2)
    colored = enlarged[:, :height, :width, np.newaxis].repeat(channels, axis=-1)
    return colored, digits.target[:num_images].astype(np.int32)


def small_images(gan: str, num_images: int = 40) -> TrainingImages:
    """Zeros and ones of the family's image shape.

    A family that translates has the zeros and the ones as its domains.
    """
    images, labels = digit_images(SMALL_FAMILIES[gan].image_shape, num_images)
    found = LabeledImages(images, labels, ("0", "1"), "digits", "0" * 64, ())
    if not GANS[gan].translates:
        return found
    zeros, ones = (
        found._replace(images=images[labels == label], labels=labels[labels == label])
        for label in (0, 1)
    )
    return TwoDomains(zeros, ones, found.class_names)


def hidden_and_last_precisions(network: keras.Model) -> tuple[set[str], set[str]]:
    """Types in which the hidden layers of a network compute, and those that give its outputs."""
    last = {id(output._keras_history.operation) for output in network.outputs}
    found = (set(), set())
    for layer in network.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            found[id(layer) in last].add(layer.compute_dtype)
    return found


class SmallRun:
    """A family, trained step by step on the strategy in scope, by a changed config."""

    def __init__(self, gan: str, **changes):
        config, images = small_config(gan)._replace(**changes), small_images(gan)
        self.train_state = build_train_state(config, data_card(images))
        self._feed = training_feed(config, images).__enter__()
        self._step = Step(self.train_state.phase, seed=config.seed)

    def train(self, first, last):
        """Metrics of the steps ``first`` to ``last`` - 1."""
        size = self.train_state.phase.schedule.num_batches
        return [
            {
                name: float(value)
                for name, value in self._step(
                    step, [self._feed(step * size + offset) for offset in range(size)]
                ).items()
            }
            for step in range(first, last)
        ]

    @property
    def num_traces(self):
        """How often the step was traced."""
        return self._step.num_traces

    def variables(self):
        """Everything that a checkpoint should hold."""
        train_state = self.train_state
        averages = [average.network for average in train_state.averages.values()]
        owners = [
            *train_state.family.networks.values(),
            *averages,
            *train_state.phase.optimizers.values(),
        ]
        found = [v for owner in owners for v in owner.variables] + list(
            train_state.family.state.values()
        )
        found += [v for scale in train_state.phase.loss_scales.values() for v in scale.variables]
        found += train_state.phase.schedule.state.values()
        return [np.asarray(v) for v in found]
