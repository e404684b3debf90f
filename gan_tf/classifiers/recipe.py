"""CLASSIFIERS: what can be trained in a study, and how each is trained."""

import importlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras

    from gan_tf.classifiers.objective import Classifier
    from gan_tf.training.objective import Phase


class Stage(NamedTuple):
    """A phase of a classifier's training.

    Attributes:
      phase: what the loop runs.
      search: where given, the phase only looks for a setting: it is called after every step, ends
        the phase by a true result, and neither the curve nor the budget of steps sees the phase.
    """

    phase: "Phase"
    search: "Callable[[int, Callable[[], dict[str, float]]], bool | None] | None" = None


class Recipe(NamedTuple):
    """A network and its way of training.

    Attributes:
      network: (image_shape, num_classes, seed, weights) -> model from images to logits.
      stages: (classifier, number of steps, log) -> stages, whose steps but for searches sum to
        that number. Each is asked for when the one before is done, so that a stage may freeze
        layers or use what a search found; what is worth keeping goes into the dictionary ``log``.
      pixel_range: (low, high) of the images that the network takes.
    """

    network: "Callable[[tuple[int, int, int], int, int, str | None], keras.Model]"
    stages: "Callable[[Classifier, int, dict[str, Any]], Iterator[Stage]]"
    pixel_range: tuple[float, float] = (0.0, 255.0)


#: Name to "module:attribute", so that a command can list them without importing TensorFlow.
CLASSIFIERS = {
    "lenet": "gan_tf.classifiers.lenet:LENET",
    "resnet20": "gan_tf.classifiers.resnet20:RESNET20",
    "resnet50": "gan_tf.classifiers.resnet50:RESNET50",
    "resnet50_frozen": "gan_tf.classifiers.resnet50:RESNET50_FROZEN",
}

#: Those that pretrained weights can be given to.
TAKING_WEIGHTS = ("resnet50", "resnet50_frozen")

#: What ``gan_tf.classifiers.augmentation`` offers, listed here for the same reason.
AUGMENTATIONS = ("shift", "rotation", "flip", "colour")


def recipe(name: str) -> Recipe:
    """The recipe of a classifier in CLASSIFIERS."""
    module, attribute = CLASSIFIERS[name].split(":")
    return getattr(importlib.import_module(module), attribute)
