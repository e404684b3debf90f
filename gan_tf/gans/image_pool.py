"""A history of generated images that discriminators see besides the newest ones.

Source: Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial
Training" (2017), section 2.3, in the form of Zhu et al., "Unpaired Image-to-Image Translation"
(2017), section 4: while the pool is not full it takes in every image; then an image is shown as it
is, or with probability 1/2 takes the place of a random one of the pool, which is shown instead.
"""

import tensorflow as tf

from gan_tf.training.noise import Noise

SHOW_AN_OLD_ONE = 0.5


class ImagePool:
    """Variables that hold generated images, and what they become.

    The pool belongs to the global batch: every replica has all of it and draws the same numbers, so
    that one device and many show their discriminators the same images, and a run may go on under
    another strategy.

    Args:
      name: of its variables and random numbers.
      image_shape: height, width, channels.
      size: how many images it holds, 50 in the paper.

    Attributes:
      state: the variables by name: the images, and how many have been filled in.
    """

    def __init__(self, name: str, image_shape: tuple[int, int, int], size: int):
        self._name = name
        self._size = size
        # Every replica assigns the same value, so that the first one's will do.
        options = {"trainable": False, "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA}
        self._images = tf.Variable(tf.zeros([size, *image_shape]), **options)
        self._count = tf.Variable(tf.zeros([], tf.int64), **options)
        self.state = {name: self._images, f"{name}_count": self._count}

    def exchanged(self, images: tf.Tensor, noise: Noise) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Passes newly generated images through the pool, one after another.

        Args:
          images: float32 [num_examples, height, width, channels] of this replica.
          noise: of the update.

        Returns:
          As many images, each new or from the pool; and the next values of ``state``.
        """
        candidates = tf.concat([self._images, _gathered(images)], axis=0)
        shown, kept, count = self._exchange(noise.for_global_batch().uniform(self._name, [2]))
        state = {self._name: tf.gather(candidates, kept), f"{self._name}_count": count}
        return tf.gather(candidates, noise.local_slice(shown)), state

    def _exchange(self, draws: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Which candidates are shown and which stay, by index: first the pool's, then the newest.

        Args:
          draws: uniform [global_batch, 2]: whether an old image is shown, and which.
        """

        def step(state, draw_and_newest):
            _, kept, count = state
            draw, newest = draw_and_newest
            is_full = count >= self._size
            place = tf.where(is_full, tf.cast(draw[1] * self._size, tf.int64), count)
            shows_old = is_full & (draw[0] < SHOW_AN_OLD_ONE)
            shown = tf.where(shows_old, kept[place], newest)
            enters = shows_old | ~is_full
            at_place = tf.range(self._size, dtype=tf.int64) == place
            kept = tf.where(enters & at_place, newest, kept)
            return shown, kept, tf.minimum(count + 1, self._size)

        num_newest = draws.shape[0]
        newest = tf.range(self._size, self._size + num_newest, dtype=tf.int64)
        kept = tf.range(self._size, dtype=tf.int64)
        before = (tf.zeros([], tf.int64), kept, tf.convert_to_tensor(self._count))
        shown, kept, count = tf.scan(step, (draws, newest), before)
        return shown, kept[-1], count[-1]


def _gathered(images: tf.Tensor) -> tf.Tensor:
    """The images of all replicas, in the order of the global batch."""
    replica = tf.distribute.get_replica_context()
    if replica.num_replicas_in_sync == 1:
        return images
    return replica.all_gather(images, axis=0)
