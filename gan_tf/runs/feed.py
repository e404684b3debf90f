"""What a run's training step is fed with."""

from contextlib import AbstractContextManager

from gan_tf.inputs.training_images import Feed, TrainingImages
from gan_tf.runs.config import TrainConfig
from gan_tf.training.noise import derived_seed


def training_feed(
    config: TrainConfig, images: TrainingImages, num_rollbacks: int = 0
) -> AbstractContextManager[Feed]:
    """Batches by index, in an order that the config's seed and the rollbacks so far decide.

    Args:
      config: of the run.
      images: that it is trained on.
      num_rollbacks: each is another order.
    """
    order = derived_seed(config.seed, "order", *["rollback"] * num_rollbacks)
    return images.batches(config.batch_size, order)
