"""The margin rule of [Segura2019]: whoever lags is trained again until the losses are close."""

from collections.abc import Mapping

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.gans.noise_to_image import DISCRIMINATOR, GENERATOR
from gan_tf.training.schedule import FixedSchedule, Update

LAGGING, LEADING = "lagging", "leading"

# Losses in which a discriminator that cannot tell has the generator's loss on each of its halves.
BALANCED_LOSSES = ("non_saturating", "least_squares")


class MarginSchedule:
    """A fixed order of updates, then further ones until the two losses are within a margin.

    [Segura2019], "intermodel margin": after each batch, while the losses differ by more than the
    margin, one model is trained again on that batch. A loss is that of the network's last update,
    taken before it moved, as A's script has it; each further update sees the batch with fresh
    noise.

    Three deviations. The discriminator's loss is the mean over its real and fake halves: of their
    sum, the equilibrium log 4 lies 0.69 above the generator's log 2 and the margin is never met.
    The model that lags (the larger loss) is trained unless ``trains`` is ``leading``, which is what
    A's text says and what drives the two further apart. And the further updates are bounded.

    It looks at nothing but the losses of the present step; a checkpoint holds how many further
    updates there have been.

    Args:
      base: the updates that every step begins with; they train both networks.
      margin: the largest difference of the losses that is let be.
      trains: ``lagging`` or ``leading``.
      max_updates: how many further updates a step has at most.

    Raises:
      InputError: the updates are not those of one discriminator against one generator.
    """

    is_fixed = False

    def __init__(self, base: FixedSchedule, margin: float, trains: str, max_updates: int):
        if {update.groups for update in base.updates} != {(DISCRIMINATOR,), (GENERATOR,)}:
            raise InputError(
                "--margin weighs one discriminator against one generator, which this --gan does "
                "not train in turns; leave it out"
            )
        self._base = base.updates
        self._margin = margin
        self._trains_larger = trains == LAGGING
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
        ahead = losses["loss/discriminator"] / 2 - losses["loss/generator"]
        if not abs(ahead) > self._margin:  # Losses that are not finite end the step as well.
            return None
        trains_discriminator = (ahead > 0) == self._trains_larger
        return self._again["discriminator" if trains_discriminator else "generator"]

    def end_step(self, num_updates: int) -> Mapping[str, float]:
        """See ``gan_tf.training.schedule.Schedule``."""
        extra_updates = num_updates - len(self._base)
        self._so_far.assign_add(extra_updates)
        return {
            "margin/extra_updates": float(extra_updates),
            "margin/extra_updates_so_far": float(self._so_far.numpy()),
        }
