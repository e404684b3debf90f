"""Training batches, whose order is the same for the images that training sets share."""

import functools

import numpy as np

from gan_tf.classifiers.image_set import ImageSet


class TrainingFeed:
    """An endless stream of shuffled batches, readable at any index.

    Each epoch sorts the examples by random keys drawn from (seed, epoch), one per example. Two
    training sets that start with the same images therefore show these in the same order, however
    many others follow.

    Args:
      images: the training set.
      batch_size: number of examples per batch.
      seed: seed of the order.
      class_weights: float32 [K] weight of an example by its class, or None.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        class_weights: np.ndarray | None = None,
    ):
        self._images = images.images
        self._labels = images.labels.astype(np.int32)
        self._batch_size = batch_size
        self._class_weights = class_weights
        self._order = functools.lru_cache(maxsize=2)(
            lambda epoch: np.argsort(
                np.random.default_rng([seed, epoch]).random(len(self._labels)), kind="stable"
            )
        )

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """Return ``image`` uint8, ``label`` int32 and, with class weights, ``weight`` float32."""
        indices = self._indices(batch)
        labels = self._labels[indices]
        examples = {"image": self._images[indices], "label": labels}
        if self._class_weights is not None:
            examples["weight"] = self._class_weights[labels]
        return examples

    def _indices(self, batch: int) -> np.ndarray:
        """Return the indices of the examples of a batch, which may span epochs."""
        parts = []
        start, missing = batch * self._batch_size, self._batch_size
        while missing:
            epoch, offset = divmod(start, len(self._labels))
            part = self._order(epoch)[offset : offset + missing]
            parts.append(part)
            start, missing = start + len(part), missing - len(part)
        return np.concatenate(parts)
