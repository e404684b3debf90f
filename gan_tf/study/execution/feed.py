"""Training batches of an arm, in an order that arms of one seed share."""

import functools

import numpy as np

from gan_tf.study.design.arms import TrainingSet


class TrainingFeed:
    """An endless stream of batches over a training set, readable at any index.

    Each epoch sorts the examples by random keys drawn from (seed, epoch), one an example, the real
    images' first. Two arms of one seed therefore see the real images that they share in the same
    order, however many synthetic ones stand between them.

    Args:
      training_set: what is trained on.
      real, synthetic: uint8 [n, height, width, channels], into which its indices point.
      real_labels, synthetic_labels: int32 [n].
      batch_size: number of examples a batch.
      seed: the replicate's seed.
    """

    def __init__(
        self,
        training_set: TrainingSet,
        real: np.ndarray,
        synthetic: np.ndarray,
        real_labels: np.ndarray,
        synthetic_labels: np.ndarray,
        batch_size: int,
        seed: int,
    ):
        self._images = (real, synthetic)
        self._batch_size = batch_size
        self._class_weights = training_set.class_weights
        self._is_synthetic = np.repeat(
            [False, True], [len(training_set.real), len(training_set.synthetic)]
        )
        self._rows = np.concatenate([training_set.real, training_set.synthetic])
        self._labels = np.concatenate(
            [real_labels[training_set.real], synthetic_labels[training_set.synthetic]]
        ).astype(np.int32)
        self._order = functools.lru_cache(maxsize=2)(
            lambda epoch: np.argsort(
                np.random.default_rng([seed, epoch]).random(len(self._rows)), kind="stable"
            )
        )

    def places(self, batch: int) -> np.ndarray:
        """Places in the training set (real ones first) of batch number ``batch``."""
        start, size = batch * self._batch_size, len(self._rows)
        found = []
        wanted = self._batch_size
        while wanted:
            epoch, place = divmod(start, size)
            part = self._order(epoch)[place : place + wanted]
            found.append(part)
            start, wanted = start + len(part), wanted - len(part)
        return np.concatenate(found)

    def __call__(self, batch: int) -> dict[str, np.ndarray]:
        """``image`` uint8, ``label`` int32 and, with class weights, ``weight`` float32."""
        places = self.places(batch)
        rows, is_synthetic = self._rows[places], self._is_synthetic[places]
        images = np.empty((self._batch_size, *self._images[0].shape[1:]), np.uint8)
        for source, chosen in zip(self._images, (~is_synthetic, is_synthetic), strict=True):
            if chosen.any():
                images[chosen] = source[rows[chosen]]
        labels = self._labels[places]
        batch = {"image": images, "label": labels}
        if self._class_weights is not None:
            batch["weight"] = self._class_weights[labels]
        return batch
