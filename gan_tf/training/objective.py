"""The contract between what is trained and the machinery that trains it.

A family of GANs or a classifier is an ``Objective``: networks and the losses of an update. The
order of updates is data (a ``Schedule``), so that one step and one loop serve them all.
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
    """What an objective returns for one update.

    Attributes:
      totals: for each group of the update, the float32 scalar that is minimized: a mean over the
        examples given, so that replicas can be averaged.
      metrics: float32 scalars that are logged beside the totals.
      state: next values of the objective's own variables, by name.
    """

    totals: Mapping[Group, tf.Tensor]
    metrics: Mapping[str, tf.Tensor] = {}
    state: Mapping[str, tf.Tensor] = {}


class Objective(Protocol):
    """Networks and what they minimize.

    Attributes:
      networks: built models by name.
      state: further variables that belong to a checkpoint, such as an image pool.
      pixel_range: (low, high) of the images that ``losses`` takes; uint8 images 0..255 are brought
        to it by the step.
    """

    networks: Mapping[str, keras.Model]
    state: Mapping[str, tf.Variable]
    pixel_range: tuple[float, float]

    def losses(self, update: Update, batch: Mapping[str, tf.Tensor], noise: Noise) -> Losses:
        """Losses of ``update`` on one batch; called inside a gradient tape."""


class Sampler(Protocol):
    """An objective that makes images from noise and labels."""

    conditional: bool
    pixel_range: tuple[float, float]

    def sample(
        self, labels: tf.Tensor, noise: Noise, generator: keras.Model | None = None
    ) -> tf.Tensor:
        """Images, float32 [num_examples, height, width, channels] in ``pixel_range``.

        Args:
          labels: int32 [num_examples]; ignored unless ``conditional``.
          noise: where the latent vectors come from.
          generator: used in place of the trained generator, such as its average.
        """


@runtime_checkable
class Translator(Protocol):
    """An objective that turns images of one domain into images of another.

    Attributes:
      directions: the generator of each direction, "a_to_b" and "b_to_a", in the order of domains.
      pixel_range: of images in and out.
    """

    directions: Mapping[str, str]
    pixel_range: tuple[float, float]

    def translate(
        self, images: tf.Tensor, direction: str, generator: keras.Model | None = None
    ) -> tf.Tensor:
        """Images of the other domain, float32 [num_examples, height, width, channels].

        Args:
          images: in ``pixel_range``.
          direction: a key of ``directions``.
          generator: used in place of the direction's own, such as its average.
        """


class Phase(NamedTuple):
    """A stretch of training with one objective, order of updates and set of optimizers.

    Attributes:
      objective: what is trained.
      schedule: the order of the updates of a step.
      steps: number of passes through the schedule.
      optimizers: one for each network that moves; a learning-rate schedule lives in its optimizer.
      averages: averages of weights that follow the networks, moved once a step.
      loss_scales: one for each group of the updates where hidden layers compute in float16; their
        optimizers skip gradients that are NaN. None elsewhere.
    """

    objective: Objective
    schedule: Schedule
    steps: int
    optimizers: Mapping[str, keras.optimizers.Optimizer]
    averages: Sequence[WeightAverage] = ()
    loss_scales: Mapping[Group, LossScale] = {}
