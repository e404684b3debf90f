"""What every family of GANs offers."""

from dataclasses import replace
from typing import Protocol

import keras
import numpy as np

from data_tools.errors import InputError
from gan_tf.gans.losses import LOSSES
from gan_tf.networks.layers import NetworkOptions
from gan_tf.training.noise import derived_seed
from gan_tf.training.objective import Objective, Sampler
from gan_tf.training.schedule import FixedSchedule


class Family(Objective, Protocol):
    """An objective that can say how it is trained: what a builder in ``GANS`` returns.

    Attributes:
      generators: names of the networks that make images, best first; each is followed by an
        average of its weights, and it is the average that is kept and used.
    """

    generators: tuple[str, ...]

    def build_network(self, name: str) -> keras.Model:
        """A further network of the architecture and initial weights of ``networks[name]``."""

    def schedule(self, discriminator_steps: int, generator_steps: int) -> FixedSchedule:
        """The updates of one step.

        Args:
          discriminator_steps: how often the discriminators move.
          generator_steps: how often the generators move.
        """


class NoiseFamily(Family, Sampler, Protocol):
    """A family that makes images from noise by its network ``generator``.

    Attributes:
      label_probabilities: law of the labels in training, float32 [num_classes]; None where they
        follow the real images.
    """

    label_probabilities: np.ndarray | None

    def generator_inputs(self, labels, noise):
        """What a generator is called with for examples of ``labels``, int32 [num_examples]."""


class FamilyBuilder(Protocol):
    """What ``GANS`` names."""

    def __call__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int,
        *,
        latent_dim: int,
        loss: str,
        settings: NetworkOptions,
        label_probabilities: np.ndarray | None = None,
    ) -> Family:
        """Builds a family with initial weights.

        Args:
          image_shape: height, width, channels.
          num_classes: number of labels; a family without labels takes no notice of it.
          latent_dim: length of the latent vector.
          loss: a name in ``gan_tf.gans.losses.LOSSES``.
          settings: of the networks; each takes a seed of its own from the seed in them.
          label_probabilities: law of fake labels; None takes those of the real batch.

        Raises:
          InputError: images of a shape that the networks cannot take, or choices that the family
            does not know.
        """


def own_settings(settings: NetworkOptions, network: str) -> NetworkOptions:
    """A family's settings with the seed of one of its networks."""
    return replace(settings, seed=derived_seed(settings.seed, network))


def generator_settings(settings: NetworkOptions) -> NetworkOptions:
    """What the layers of a generator share: spectral normalization is for discriminators."""
    return replace(own_settings(settings, "generator"), spectral_norm=False)


def discriminator_settings(settings: NetworkOptions, loss: str) -> NetworkOptions:
    """What the layers of a discriminator share under a loss.

    Under a gradient penalty, which looks at each image alone, layer normalization takes the place
    of batch normalization (Gulrajani et al., 2017, section 4). Under spectral normalization nothing
    does (Miyato et al., 2018, table 3): another gain would undo the bound on the gradient.
    """
    settings = own_settings(settings, "discriminator")
    if settings.spectral_norm:
        return replace(settings, normalization="none")
    if LOSSES[loss].gradient_penalty:
        return replace(settings, normalization="layer")
    return settings


def require_edges(image_shape: tuple[int, int, int], multiple: int, family: str) -> None:
    """Raises InputError unless height and width are multiples of ``multiple`` pixels."""
    height, width, _ = image_shape
    if height % multiple or width % multiple:
        raise InputError(
            f"--gan={family} takes images whose height and width are multiples of {multiple}, not "
            f"{width}x{height}; resize them with `data_tools convert --op=resize_images`"
        )


def require_no_label_distribution(label_probabilities: np.ndarray | None) -> None:
    """Raises InputError if a family that knows no labels is given a law of labels."""
    if label_probabilities is not None:
        raise InputError(
            "--label_distribution is for a --gan that knows labels; this one knows none"
        )
