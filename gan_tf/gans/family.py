"""What every family of GANs offers."""

from typing import Protocol

import keras

from data_tools.errors import InputError
from gan_tf.networks.layers import NetworkSettings
from gan_tf.training.noise import derived_seed
from gan_tf.training.objective import Objective, Sampler, Update


class Family(Objective, Protocol):
    """An objective that can say how it is trained: what a builder in ``GANS`` returns.

    Attributes:
      generators: names of the networks that make images, best first; each is followed by an
        average of its weights, and it is the average that is kept and used.
    """

    generators: tuple[str, ...]

    def build_network(self, name: str) -> keras.Model:
        """A further network of the architecture and initial weights of ``networks[name]``."""

    def schedule(self, discriminator_steps: int, generator_steps: int) -> tuple[Update, ...]:
        """The updates of one step.

        Args:
          discriminator_steps: how often the discriminators move.
          generator_steps: how often the generators move.
        """


class NoiseFamily(Family, Sampler, Protocol):
    """A family that makes images from noise by its network ``generator``."""

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
        settings: NetworkSettings,
    ) -> Family:
        """Builds a family with initial weights.

        Args:
          image_shape: height, width, channels.
          num_classes: number of labels; a family without labels takes no notice of it.
          latent_dim: length of the latent vector.
          loss: a name in ``gan_tf.gans.losses.LOSSES``.
          settings: of the networks; each takes a seed of its own from the seed in them.

        Raises:
          InputError: images of a shape that the networks cannot take.
        """


def own_settings(settings: NetworkSettings, network: str) -> NetworkSettings:
    """A family's settings with the seed of one of its networks."""
    return settings._replace(seed=derived_seed(settings.seed, network))


def require_edges(image_shape: tuple[int, int, int], multiple: int, family: str) -> None:
    """Raises InputError unless height and width are multiples of ``multiple`` pixels."""
    height, width, _ = image_shape
    if height % multiple or width % multiple:
        raise InputError(
            f"--gan={family} takes images whose height and width are multiples of {multiple}, not "
            f"{width}x{height}; resize them with `data_tools convert --op=resize_images`"
        )
