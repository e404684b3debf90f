"""Options for training a classifier."""

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path

from data_tools.errors import UsageError
from data_tools.options import option
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.recipe import refuse_weights
from gan_tf.classifiers.weights import NO_WEIGHTS, weights_file

DEFAULT_EPOCHS = 10
MIN_DEFAULT_STEPS = 1000


@dataclass(frozen=True)
class FitOptions:
    """Options for training one classifier.

    Raises:
      UsageError: both steps and epochs are given.
    """

    classifier: str = option("lenet", "Classifier to train.", choices=CLASSIFIERS)
    weights: str = option(
        NO_WEIGHTS, "Pretrained weights of a ResNet-50: imagenet, none or a file."
    )
    steps: int | None = option(
        None,
        "Optimizer steps; default: 10 epochs of the (largest) training set, at least 1000 steps.",
        lower=1,
    )
    epochs: int | None = option(None, "Passes over the training set, in place of --steps.", lower=1)
    batch_size: int = option(64, "Images per step.", lower=1)

    def __post_init__(self):
        if self.steps is not None and self.epochs is not None:
            raise UsageError("give either --steps or --epochs")

    @property
    def weights_path(self) -> str | None:
        """The file of pretrained weights; None for random initial weights."""
        return None if self.weights == NO_WEIGHTS else self.weights

    @property
    def weights_identity(self) -> str | None:
        """Name and hash of the file of pretrained weights, independent of its folder."""
        if self.weights_path is None:
            return None
        path = Path(self.weights_path)
        return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"

    def num_steps(self, num_images: int) -> int:
        """Return the number of steps for a training set of ``num_images``."""
        if self.steps is not None:
            return self.steps
        return math.ceil(self.epochs * num_images / self.batch_size)

    def with_steps(self, num_images: int) -> "FitOptions":
        """Return these options, with ten epochs of ``num_images`` unless steps or epochs are given.

        It is at least 1000 steps, so that a classifier does not underfit a small set.
        """
        if self.steps is not None or self.epochs is not None:
            return self
        steps = math.ceil(DEFAULT_EPOCHS * num_images / self.batch_size)
        return replace(self, steps=max(MIN_DEFAULT_STEPS, steps))

    def with_weights_file(self) -> "FitOptions":
        """Return these options with the path of the weights, downloaded if necessary.

        Raises:
          InputError: the classifier takes no weights, there is no such file, or it cannot be
            downloaded.
        """
        refuse_weights(self.classifier, self.weights)
        return replace(self, weights=str(weights_file(self.weights) or NO_WEIGHTS))
