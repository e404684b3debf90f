"""The margin rule of [Segura2019]: retrain the lagging network until the losses are close."""

from collections.abc import Mapping

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.gans.options import LAGGING
from gan_tf.training.schedule import FixedSchedule, Update

# Losses for which each half of an undecided discriminator's loss equals the generator's loss.
BALANCED_LOSSES = ("non_saturating", "least_squares")


class MarginSchedule:
    """A fixed sequence of updates, then extra ones until the two losses are within a margin.

    [Segura2019], "intermodel margin": after each batch, while the losses differ by more than the
    margin, one network is trained again on that batch. A loss is that of the network's last update,
    computed before its weights changed, as in the script of [Segura2019]; each extra update sees
    the same batch with new noise.

    There are three deviations. The discriminator's loss is the mean of its real and fake halves:
    the equilibrium of their sum, log 4, is 0.69 above the generator's, log 2, so the margin would
    never be met. The lagging network (the one with the larger loss) is retrained unless
    ``retrained`` is ``leading``, which is what the text of [Segura2019] says and what drives the
    networks further apart. The number of extra updates is bounded.

    The schedule depends only on the losses of the current step; a checkpoint holds the number of
    extra updates so far.

    Args:
      base: the updates at the start of every step; they train both networks.
      margin: largest allowed difference of the losses.
      retrained: ``lagging`` or ``leading``.
      max_updates: maximum number of extra updates per step.

    Raises:
      InputError: the updates do not alternate between one discriminator and one generator.
    """

    is_fixed = False

    def __init__(self, base: FixedSchedule, margin: float, retrained: str, max_updates: int):
        if {update.groups for update in base.updates} != {(DISCRIMINATOR,), (GENERATOR,)}:
            raise InputError(
                "--margin needs one discriminator and one generator that are trained in turn, "
                "unlike those of this --gan; leave it out"
            )
        self._base = base.updates
        self._margin = margin
        self._retrains_lagging = retrained == LAGGING
        self._max_updates = max_updates
        self._again = {
            name: Update(((name,),), fresh_batch=False) for name in (*DISCRIMINATOR, *GENERATOR)
        }
        self.updates = tuple(dict.fromkeys([*base.updates, *self._again.values()]))
        self.num_batches = base.num_batches
        self._so_far = tf.Variable(0, trainable=False, dtype=tf.int64, name="extra_updates")
        self.state = {"extra_updates": self._so_far}

    def next(self, index: int, losses: Mapping[str, float]) -> Update | None:
        """See ``gan_tf.training.schedule.Schedule``."""
        if index < len(self._base):
            return self._base[index]
        if index >= len(self._base) + self._max_updates:
            return None
        lag = losses["loss/discriminator"] / 2 - losses["loss/generator"]
        if not abs(lag) > self._margin:  # Non-finite losses also end the step.
            return None
        is_discriminator = (lag > 0) == self._retrains_lagging
        return self._again["discriminator" if is_discriminator else "generator"]

    def end_step(self, num_updates: int) -> Mapping[str, float]:
        """See ``gan_tf.training.schedule.Schedule``."""
        extra_updates = num_updates - len(self._base)
        self._so_far.assign_add(extra_updates)
        return {
            "margin/extra_updates": float(extra_updates),
            "margin/extra_updates_so_far": float(self._so_far.numpy()),
        }
