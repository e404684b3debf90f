"""CLASSIFIERS: what can be trained in a study, and how each is trained."""

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import keras

    from gan_tf.classifiers.objective import Classifier
    from gan_tf.training.objective import Phase


class Recipe(NamedTuple):
    """A network and its way of training.

    Attributes:
      network: (image_shape, num_classes, seed) -> model from images to logits.
      phases: (classifier, number of steps) -> phases whose steps sum to that number; called one
        after the other, each before its training starts.
      pixel_range: (low, high) of the images that the network takes.
    """

    network: "Callable[[tuple[int, int, int], int, int], keras.Model]"
    phases: "Callable[[Classifier, int], Sequence[Phase]]"
    pixel_range: tuple[float, float] = (0.0, 255.0)


#: Name to "module:attribute", so that a command can list them without importing TensorFlow.
CLASSIFIERS = {
    "lenet": "gan_tf.classifiers.lenet:RECIPE",
}

#: What ``gan_tf.classifiers.augmentation`` offers, listed here for the same reason.
AUGMENTATIONS = ("shift", "rotation", "flip", "colour")


def recipe(name: str) -> Recipe:
    """The recipe of a classifier in CLASSIFIERS."""
    module, attribute = CLASSIFIERS[name].split(":")
    return getattr(importlib.import_module(module), attribute)
