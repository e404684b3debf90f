"""Recipes, which say how each kind of classifier is trained; imports nothing heavy."""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from data_tools.errors import InputError
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.weights import NO_WEIGHTS

if TYPE_CHECKING:
    import keras

    from gan_tf.classifiers.objective import Classifier
    from gan_tf.training.objective import Phase


class Stage(NamedTuple):
    """A phase of a classifier's training.

    Attributes:
      phase: the phase to train.
      search: if given, the phase only searches for a hyperparameter: ``search`` is called after
        every step and ends the phase by returning True, and the steps count neither for the curve
        nor for the budget.
    """

    phase: "Phase"
    search: "Callable[[int, Callable[[], dict[str, float]]], bool | None] | None" = None


class Recipe(NamedTuple):
    """A network and how it is trained.

    Attributes:
      network: (image_shape, num_classes, seed, weights) -> model from images to logits.
      stages: (classifier, number of steps, log) -> stages, whose steps without searches add up to
        that number. Each stage is requested once the previous one is done, so that it may freeze
        layers or use the result of a search; values worth recording go into the dict ``log``.
      pixel_range: (low, high) of the images that the network takes.
    """

    network: "Callable[[tuple[int, int, int], int, int, str | None], keras.Model]"
    stages: "Callable[[Classifier, int, dict[str, Any]], Iterator[Stage]]"
    pixel_range: tuple[float, float] = (0.0, 255.0)


def recipe(name: str) -> Recipe:
    """Return the recipe of a classifier in CLASSIFIERS."""
    return pkgutil.resolve_name(CLASSIFIERS[name].path)


def refuse_images(name: str, image_shape: Sequence[int], flag: str = "--classifier") -> None:
    """Raise InputError, naming the flag, unless the classifier accepts images of a shape.

    The shape is (height, width, channels).
    """
    # Options import this file, and --help should not wait for NumPy.
    from gan_tf.inputs.training_images import resize_command

    entry = CLASSIFIERS[name]
    height, width, channels = image_shape
    if min(height, width) < entry.smallest_edge:
        larger = (max(edge, entry.smallest_edge) for edge in (height, width))
        raise InputError(
            f"the images are {width}x{height} pixels but {flag}={name} needs at least "
            f"{entry.smallest_edge}x{entry.smallest_edge}; enlarge them with "
            f"{resize_command(*larger)}, or choose another classifier"
        )
    if channels not in entry.channels:
        counts = " or ".join(map(str, entry.channels))
        raise InputError(
            f"the images have {channels} channels but {flag}={name} takes {counts}; convert "
            f"them with {resize_command(height, width, max(entry.channels))}, or choose another "
            "classifier"
        )


def refuse_weights(name: str, weights: str) -> None:
    """Raise InputError if weights are given for a classifier that takes none."""
    if weights != NO_WEIGHTS and not CLASSIFIERS[name].takes_weights:
        taking = ", ".join(key for key, entry in CLASSIFIERS.items() if entry.takes_weights)
        raise InputError(
            f"--weights={weights} has no meaning with --classifier={name}; there are weights for "
            f"{taking}"
        )
