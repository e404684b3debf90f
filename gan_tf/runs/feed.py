"""What a run's training step is fed with."""

from contextlib import AbstractContextManager

from gan_tf.inputs.training_images import Feed, TrainingImages
from gan_tf.runs.recipe import Recipe
from gan_tf.training.noise import derived_seed


def training_feed(
    recipe: Recipe, images: TrainingImages, num_rollbacks: int = 0
) -> AbstractContextManager[Feed]:
    """Batches by index, in an order that the recipe's seed and the rollbacks so far decide.

    Args:
      recipe: of the run.
      images: that it is trained on.
      num_rollbacks: each is another order.
    """
    order = derived_seed(recipe.seed, "order", *["rollback"] * num_rollbacks)
    return images.batches(recipe.batch_size, order)
