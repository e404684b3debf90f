"""The interface between models and the code that trains them.

A GAN family or a classifier is an ``Objective``: networks and the losses of an update. The order of
updates is data (a ``Schedule``), so that one step and one loop train them all.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import keras
import tensorflow as tf

from gan_tf.training.noise import Noise
from gan_tf.training.optimizers.averaging import WeightAverage
from gan_tf.training.optimizers.loss_scale import LossScale
from gan_tf.training.schedule import Group, Schedule, Update


class Losses(NamedTuple):
    """The losses of one update.

    Attributes:
      totals: for each group of the update, the float32 scalar to minimize: a mean over the given
        examples, so that replicas can be averaged.
      metrics: float32 scalars to log.
      state: next values of the objective's own variables, by name.
    """

    totals: Mapping[Group, tf.Tensor]
    metrics: Mapping[str, tf.Tensor] = {}
    state: Mapping[str, tf.Tensor] = {}


class Objective(Protocol):
    """Networks and their losses.

    Attributes:
      networks: built models by name.
      state: additional variables to checkpoint, such as an image pool.
      pixel_range: (low, high) of the images that ``losses`` takes; the step rescales uint8 images
        to it.
    """

    networks: Mapping[str, keras.Model]
    state: Mapping[str, tf.Variable]
    pixel_range: tuple[float, float]

    def losses(self, update: Update, batch: Mapping[str, tf.Tensor], noise: Noise) -> Losses:
        """Return the losses of ``update`` on one batch; called inside a gradient tape."""


class Sampler(Protocol):
    """An objective that generates images from noise and labels.

    Attributes:
      conditional: True if the images depend on the labels.
      pixel_range: (low, high) of the images.
    """

    conditional: bool
    pixel_range: tuple[float, float]

    def sample(
        self, labels: tf.Tensor, noise: Noise, generator: keras.Model | None = None
    ) -> tf.Tensor:
        """Generate images, float32 [num_examples, height, width, channels] in ``pixel_range``.

        Args:
          labels: int32 [num_examples]; ignored unless ``conditional``.
          noise: source of the latent vectors.
          generator: replaces the trained generator, for example by its average.
        """


@runtime_checkable
class Translator(Protocol):
    """An objective that translates images of one domain to another.

    Attributes:
      directions: name of the generator of each direction, "a_to_b" and "b_to_a", in this order.
      pixel_range: (low, high) of input and output images.
    """

    directions: Mapping[str, str]
    pixel_range: tuple[float, float]

    def translate(
        self, images: tf.Tensor, direction: str, generator: keras.Model | None = None
    ) -> tf.Tensor:
        """Translate images to the other domain, float32 [num_examples, height, width, channels].

        Args:
          images: float32 images in ``pixel_range``.
          direction: a key of ``directions``.
          generator: replaces the direction's own, for example by its average.
        """


class Phase(NamedTuple):
    """A part of training with one objective, schedule and set of optimizers.

    Attributes:
      objective: networks and losses.
      schedule: the order of the updates of a step.
      steps: number of passes through the schedule.
      optimizers: one for each trained network, with its learning-rate schedule.
      averages: moving averages of network weights, updated once per step.
      loss_scales: if hidden layers compute in float16, one for each group of the updates (its
        optimizers must skip NaN gradients); empty otherwise.
    """

    objective: Objective
    schedule: Schedule
    steps: int
    optimizers: Mapping[str, keras.optimizers.Optimizer]
    averages: Sequence[WeightAverage] = ()
    loss_scales: Mapping[Group, LossScale] = {}
