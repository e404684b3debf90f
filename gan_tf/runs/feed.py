"""What a run's training step is fed with."""

from collections.abc import Callable

from gan_tf.inputs.batches import Batches
from gan_tf.inputs.images import LabelledImages
from gan_tf.runs.recipe import Recipe
from gan_tf.training.noise import derived_seed
from gan_tf.training.step import Batch


def training_feed(
    recipe: Recipe, images: LabelledImages, num_rollbacks: int = 0
) -> Callable[[int], Batch]:
    """Batches by index, in an order that the recipe's seed and the rollbacks so far decide.

    Args:
      recipe: of the run.
      images: that it is trained on.
      num_rollbacks: each is another order.
    """
    order = derived_seed(recipe.seed, "order", *["rollback"] * num_rollbacks)
    return Batches(images.images, images.labels, recipe.batch_size, order)
