"""CLASSIFIERS: what can be trained in a study, and how each is trained."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from data_tools.errors import InputError
from gan_tf.classifiers.weights import NO_WEIGHTS

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


class Entry(NamedTuple):
    """What a command must know of a classifier before TensorFlow is imported.

    Attributes:
      place: "module:attribute" of its Recipe.
      smallest_edge: the smallest height and width of its images.
      channels: the numbers of channels that it takes.
      takes_weights: True where pretrained weights can be given.
      is_one_cycle: True where the rate falls to zero over the run's steps, so that a run that ends
        before has not learned what it would.
    """

    place: str
    smallest_edge: int
    channels: tuple[int, ...] = (1, 3, 4)
    takes_weights: bool = False
    is_one_cycle: bool = False


CLASSIFIERS = {
    "lenet": Entry("gan_tf.classifiers.lenet:LENET", 28),
    "resnet20": Entry("gan_tf.classifiers.resnet20:RESNET20", 8, is_one_cycle=True),
    "resnet50": Entry("gan_tf.classifiers.resnet50:RESNET50", 32, (1, 3), True, True),
    "resnet50_frozen": Entry("gan_tf.classifiers.resnet50:RESNET50_FROZEN", 32, (1, 3), True, True),
}

#: What ``gan_tf.classifiers.augmentation`` offers, listed here for the same reason.
AUGMENTATIONS = ("shift", "rotation", "flip", "color")


def recipe(name: str) -> Recipe:
    """The recipe of a classifier in CLASSIFIERS."""
    module, attribute = CLASSIFIERS[name].place.split(":")
    return getattr(importlib.import_module(module), attribute)


def refuse_images(name: str, image_shape: Sequence[int]) -> None:
    """Raises InputError where the classifier takes no images of (height, width, channels)."""
    entry = CLASSIFIERS[name]
    height, width, channels = image_shape
    if min(height, width) < entry.smallest_edge:
        raise InputError(
            f"the images are {width}x{height} pixels but --classifier={name} needs at least "
            f"{entry.smallest_edge}x{entry.smallest_edge}; enlarge them with `data_tools convert "
            "--op=resize_images`, or choose another"
        )
    if channels not in entry.channels:
        counts = " or ".join(map(str, entry.channels))
        raise InputError(
            f"the images have {channels} channels but --classifier={name} takes {counts}; convert "
            "them, or choose another"
        )


def refuse_weights(name: str, choice: str) -> None:
    """Raises InputError where weights are chosen for a classifier that takes none."""
    if choice != NO_WEIGHTS and not CLASSIFIERS[name].takes_weights:
        taking = ", ".join(key for key, entry in CLASSIFIERS.items() if entry.takes_weights)
        raise InputError(
            f"--weights={choice} has no meaning with --classifier={name}; there are weights for "
            f"{taking}"
        )
