"""A small version of every family of GANs, for tests that train each for a few steps."""

from itertools import islice
from typing import NamedTuple

import keras
import numpy as np
from sklearn.datasets import load_digits

from gan_tf.gans import GANS
from gan_tf.inputs.combined.domains import TwoDomains
from gan_tf.inputs.images import LabeledImages
from gan_tf.inputs.training_images import TrainingImages
from gan_tf.runs.config import TrainConfig
from gan_tf.runs.data.card import data_card
from gan_tf.runs.train_state import build_train_state
from gan_tf.runs.training import training_batches
from gan_tf.training.step import Step


class SmallFamily(NamedTuple):
    """Images and options that make a family small.

    Attributes:
      image_shape: height, width, channels.
      options: options of ``TrainConfig`` that differ from ``small_config``, by name.
    """

    image_shape: tuple[int, int, int]
    options: dict = {}


SMALL_FAMILIES = {
    "acgan": SmallFamily((16, 16, 3), {"label_distribution": "tempered"}),
    "cdcgan": SmallFamily((8, 8, 1)),
    "cyclegan": SmallFamily(
        (24, 24, 1),
        # Each pool is full, and images are swapped, from the second step on.
        {
            "loss": "least_squares",
            "batch_size": 4,
            "generator_steps": 1,
            "pool_size": 5,
            "residual_blocks": 1,
        },
    ),
    "dcgan": SmallFamily((32, 32, 3), {"loss": "hinge", "spectral_norm": True}),
    # Cropped from 12 pixels.
    "projection_gan": SmallFamily((11, 11, 1), {"loss": "hinge", "spectral_norm": True}),
    # At first, the two losses always differ by more than a thousandth.
    "upsampling_dcgan": SmallFamily((16, 16, 3), {"margin": 1e-3, "margin_updates": 2}),
    # One simultaneous update of both networks.
    "upsampling_gan": SmallFamily((32, 32, 3), {"loss": "wasserstein", "generator_steps": 1}),
}


def noise_batch(image_shape: tuple[int, int, int], num_images: int) -> dict[str, np.ndarray]:
    """Return a batch of uint8 noise images with alternating labels 0 and 1."""
    generator = np.random.default_rng(0)
    return {
        "image": generator.integers(0, 256, (num_images, *image_shape), np.uint8),
        "label": np.arange(num_images, dtype=np.int32) % 2,
    }


def small_config(gan: str, **options) -> TrainConfig:
    """Return a config of four steps of eight images, with ``options`` changed."""
    small = {
        "gan": gan,
        "latent_dim": 4,
        "width": 0.02,
        "steps": 4,
        "batch_size": 8,
        "ema_decay": 0.9,
        "input": "memory",
        "threads": 2,
        "seed": 3,
    }
    return TrainConfig(**small | SMALL_FAMILIES[gan].options | options)


def digit_images(
    image_shape: tuple[int, int, int], num_images: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's zeros and ones, repeated and cropped to a shape, and their labels."""
    digits = load_digits(n_class=2)
    height, width, channels = image_shape
    images = np.rint(digits.images[:num_images] * (255 / 16)).astype(np.uint8)
    enlarged = images.repeat(-(-height // 8), axis=1).repeat(-(-width // 8), axis=2)
    colored = enlarged[:, :height, :width, np.newaxis].repeat(channels, axis=-1)
    return colored, digits.target[:num_images].astype(np.int32)


def small_images(gan: str, num_images: int = 40) -> TrainingImages:
    """Return zeros and ones of the family's image shape, as two domains if it translates."""
    images, labels = digit_images(SMALL_FAMILIES[gan].image_shape, num_images)
    digits = LabeledImages(images, labels, ("0", "1"), "digits", "0" * 64, ())
    if not GANS[gan].translates:
        return digits
    zeros, ones = (
        digits._replace(images=images[labels == label], labels=labels[labels == label])
        for label in (0, 1)
    )
    return TwoDomains(zeros, ones, digits.class_names)


def hidden_and_last_precisions(network: keras.Model) -> tuple[set[str], set[str]]:
    """Return the compute dtypes of a network's layers before the first float32 one, and from it."""
    dtypes = [
        layer.compute_dtype
        for layer in network.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]
    first = dtypes.index("float32")
    return set(dtypes[:first]), set(dtypes[first:])


class SmallRun:
    """A family, trained step by step under the strategy in scope, with options changed."""

    def __init__(self, gan: str, **options):
        self._config, self._images = small_config(gan, **options), small_images(gan)
        self.train_state = build_train_state(self._config, data_card(self._images))
        self._step = Step(self.train_state.phase, seed=self._config.seed)

    def train(self, first, last):
        """Train the steps ``first`` to ``last`` - 1 and return their metrics."""
        schedule = self.train_state.phase.schedule
        batches = training_batches(self._config, self._images, schedule, first)
        return [
            {
                name: float(value)
                for name, value in self._step(
                    step, list(islice(batches, schedule.num_batches))
                ).items()
            }
            for step in range(first, last)
        ]

    @property
    def num_traces(self):
        """Maximum number of traces of any function of the step."""
        return self._step.num_traces

    def variables(self):
        """Return the values of everything that a checkpoint should hold."""
        train_state = self.train_state
        averages = [average.network for average in train_state.averages.values()]
        owners = [
            *train_state.family.networks.values(),
            *averages,
            *train_state.phase.optimizers.values(),
        ]
        variables = [v for owner in owners for v in owner.variables]
        variables += train_state.family.state.values()
        variables += [
            v for scale in train_state.phase.loss_scales.values() for v in scale.variables
        ]
        variables += train_state.phase.schedule.state.values()
        return [np.asarray(v) for v in variables]
