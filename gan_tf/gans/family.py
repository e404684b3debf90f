"""The interface of GAN families, and functions that their builders share."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.losses import LOSSES
from gan_tf.gans.options import FamilyOptions
from gan_tf.gans.regularization.regularizers import REGULARIZERS, regularizer_weights
from gan_tf.inputs.training_images import resize_command
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.noise import derived_seed
from gan_tf.training.objective import Objective, Sampler
from gan_tf.training.schedule import FixedSchedule


class Family(Objective, Protocol):
    """An objective with a schedule; the builders in ``GANS`` return one.

    Attributes:
      generators: names of the networks that generate images, the main one first. Training keeps an
        average of the weights of each, and images are generated with the averages.
    """

    generators: tuple[str, ...]

    def build_network(self, name: str) -> keras.Model:
        """Build another network with the architecture and initial weights of ``networks[name]``."""

    def schedule(self, discriminator_steps: int, generator_steps: int) -> FixedSchedule:
        """Return the updates of one step.

        Args:
          discriminator_steps: updates of each discriminator.
          generator_steps: updates of each generator.
        """


class NoiseFamily(Family, Sampler, Protocol):
    """A family that generates images from noise with its network ``generator``.

    Attributes:
      label_probabilities: distribution of fake labels in training, float32 [num_classes]; None to
        use the labels of the real batch.
    """

    label_probabilities: np.ndarray | None

    def generator_inputs(self, labels, noise):
        """Return the inputs of a generator for examples with ``labels``, int32 [num_examples]."""


class FamilyBuilder(Protocol):
    """The type of the builders in ``GANS``."""

    def __call__(
        self,
        image_shape: tuple[int, int, int],
        class_counts: Sequence[int],
        options: FamilyOptions,
    ) -> Family:
        """Build a family with initial weights, under the strategy in scope.

        Args:
          image_shape: height, width, channels.
          class_counts: number of training images of each class; ignored by an unconditional
            family.
          options: the family's options; each network's seed is derived from ``options.seed``.

        Raises:
          InputError: the networks cannot take images of this shape or the family cannot honor
            an option.
        """


def network_options(options: FamilyOptions, network: str) -> NetworkOptions:
    """Return the options of one of a family's networks, under the strategy in scope."""
    return NetworkOptions(
        seed=derived_seed(options.seed, network),
        width=options.width,
        dtype=options.precision,
        synchronized=tf.distribute.get_strategy().num_replicas_in_sync > 1,
    )


def discriminator_options(options: FamilyOptions) -> NetworkOptions:
    """Return the options of the network ``discriminator``, with a normalization that fits the loss.

    Penalties on gradients look at each image separately, so layer normalization replaces batch
    normalization (Gulrajani et al., 2017, section 4). Spectral normalization replaces any other
    (Miyato et al., 2018, table 3): an additional gain would undo its bound on the gradient.
    """
    network = network_options(options, "discriminator")
    if options.spectral_norm:
        return replace(network, normalization="none", spectral_norm=True)
    weights = regularizer_weights(options, LOSSES[options.loss])
    if any(REGULARIZERS[name].is_per_image for name in weights):
        return replace(network, normalization="layer")
    return network


def require_multiple(
    image_shape: tuple[int, int, int], factor: int, options: FamilyOptions
) -> None:
    """Raise InputError unless height and width are multiples of ``factor`` pixels."""
    height, width, _ = image_shape
    if height % factor or width % factor:
        multiples = (-(-edge // factor) * factor for edge in (height, width))
        raise InputError(
            f"--gan={options.gan} takes images whose height and width are multiples of {factor}, "
            f"not {width}x{height}; resize them, for example with {resize_command(*multiples)}"
        )


def require_real_labels(options: FamilyOptions) -> None:
    """Raise InputError if an unconditional family is given a label distribution."""
    if options.label_distribution != "real":
        raise InputError(
            f"--label_distribution={options.label_distribution} needs a conditional --gan, which "
            f"{options.gan} is not; leave it out"
        )
