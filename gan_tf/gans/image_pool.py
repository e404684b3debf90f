"""A history of generated images, which discriminators see along with the newest ones.

Source: Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial
Training" (2017), section 2.3, in the form of Zhu et al., "Unpaired Image-to-Image Translation"
(2017), section 4: until the pool is full, every image is added and returned; then an image is
returned as it is or, with probability 1/2, swapped for a random image of the pool.
"""

import tensorflow as tf

from gan_tf.training.noise import Noise

SWAP_PROBABILITY = 0.5


class ImagePool:
    """Variables that hold generated images, and their update.

    The pool belongs to the global batch: every replica holds all of it and draws the same numbers.
    So discriminators see the same images on any number of devices, and a run can be resumed under
    another strategy.

    Args:
      name: name of the variables and of the noise.
      image_shape: height, width, channels.
      size: capacity in images, 50 in the paper.

    Attributes:
      state: the variables by name: the images, and the number of filled places.
    """

    def __init__(self, name: str, image_shape: tuple[int, int, int], size: int):
        self._name = name
        self._size = size
        # All replicas assign the same value, so the first replica's is enough.
        options = {"trainable": False, "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA}
        self._images = tf.Variable(tf.zeros([size, *image_shape]), **options)
        self._count = tf.Variable(tf.zeros([], tf.int64), **options)
        self.state = {name: self._images, f"{name}_count": self._count}

    def exchange(self, images: tf.Tensor, noise: Noise) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Pass newly generated images through the pool, one after another.

        Args:
          images: float32 [num_examples, height, width, channels] of this replica.
          noise: noise of the update.

        Returns:
          As many images, each new or from the pool, and the next values of ``state``.
        """
        candidates = tf.concat([self._images, _gather(images)], axis=0)
        draws = noise.for_global_batch().uniform(self._name, [2])
        returned, kept, count = self._exchange_indices(draws)
        state = {self._name: tf.gather(candidates, kept), f"{self._name}_count": count}
        return tf.gather(candidates, noise.local_slice(returned)), state

    def _exchange_indices(self, draws: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the indices of the candidates to return and to keep, and the new count.

        The candidates are the images of the pool, then the newest images.

        Args:
          draws: uniform [global_batch, 2]: whether to swap an image, and for which.
        """

        def step(state, draw_and_newest):
            _, kept, count = state
            draw, newest = draw_and_newest
            is_full = count >= self._size
            place = tf.where(is_full, tf.cast(draw[1] * self._size, tf.int64), count)
            is_swapped = is_full & (draw[0] < SWAP_PROBABILITY)
            returned = tf.where(is_swapped, kept[place], newest)
            is_added = is_swapped | ~is_full
            at_place = tf.range(self._size, dtype=tf.int64) == place
            kept = tf.where(is_added & at_place, newest, kept)
            return returned, kept, tf.minimum(count + 1, self._size)

        num_newest = draws.shape[0]
        newest = tf.range(self._size, self._size + num_newest, dtype=tf.int64)
        kept = tf.range(self._size, dtype=tf.int64)
        before = (tf.zeros([], tf.int64), kept, tf.convert_to_tensor(self._count))
        returned, kept, count = tf.scan(step, (draws, newest), before)
        return returned, kept[-1], count[-1]


def _gather(images: tf.Tensor) -> tf.Tensor:
    """Return the images of all replicas, in the order of the global batch."""
    replica = tf.distribute.get_replica_context()
    if replica.num_replicas_in_sync == 1:
        return images
    return replica.all_gather(images, axis=0)
