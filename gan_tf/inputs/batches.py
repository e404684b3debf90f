"""The batches that a training process consumes, on all of its replicas."""

from collections.abc import Iterator, Mapping

import tensorflow as tf

from data_tools.errors import InputError
from gan_tf.inputs.share import Share
from gan_tf.inputs.training_images import TrainingImages


class UnreadableBatchError(InputError):
    """A batch with an image that cannot be read, or that has another size than the first."""


class Batches(Iterator):
    """The batches of a data set from ``first_batch`` on, under the strategy in scope.

    A batch is the same whatever the number of replicas and workers; each replica gets an equal
    slice of it.

    Args:
      images: the training images.
      batch_size: number of images of a batch of all replicas.
      seed: seed of the order.
      first_batch: number of batches to leave out at the start.
    """

    def __init__(self, images: TrainingImages, batch_size: int, seed: int, first_batch: int):
        self._images, self._batch_size, self._seed = images, batch_size, seed
        self._next_batch = first_batch
        strategy = tf.distribute.get_strategy()
        if strategy.num_replicas_in_sync == 1:
            self._batches = iter(images.dataset(batch_size, seed, first_batch=first_batch))
            return

        def dataset(context: tf.distribute.InputContext) -> tf.data.Dataset:
            share = Share(context.input_pipeline_id, context.num_input_pipelines)
            batches = images.dataset(batch_size, seed, first_batch=first_batch, share=share)
            # The replicas of a worker take turns.
            size = context.get_per_replica_batch_size(batch_size)
            return batches.rebatch(size, drop_remainder=True)

        self._batches = iter(strategy.distribute_datasets_from_function(dataset))

    def __next__(self) -> Mapping[str, tf.Tensor]:
        """Return the next batch.

        Raises:
          UnreadableBatchError: an image of it cannot be read, or has another size.
        """
        try:
            batch = next(self._batches)
        except tf.errors.OpError as error:
            self._explain(error)
        self._next_batch += 1
        return batch

    def _explain(self, error: tf.errors.OpError) -> None:
        """Raise an error that names the image, if it can be found."""
        try:
            self._images.require_readable(self._batch_size, self._seed, self._next_batch)
        except InputError as reason:
            raise UnreadableBatchError(str(reason)) from None
        reason = error.message.splitlines()[0]
        raise UnreadableBatchError(
            f"the images of batch {self._next_batch} could not be read ({reason}), but can now; "
            "the same command resumes the run"
        ) from None
