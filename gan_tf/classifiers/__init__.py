"""Tables of classifiers and augmentations; each entry is a file or function and one line here.

The tables import nothing heavy, so that commands can list their entries in ``--help``.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """An entry of CLASSIFIERS, readable without importing TensorFlow.

    Attributes:
      path: "module:attribute" of its recipe.
      smallest_edge: smallest height and width of its images.
      channels: numbers of channels that it accepts.
      takes_weights: True if there are pretrained weights for it.
      is_one_cycle: True if the learning rate falls to zero over the given steps, so that training
        must not be stopped early.
    """

    path: str
    smallest_edge: int
    channels: tuple[int, ...] = (1, 3, 4)
    takes_weights: bool = False
    is_one_cycle: bool = False


_RECIPES = "gan_tf.classifiers.recipes"

CLASSIFIERS = {
    "lenet": Entry(f"{_RECIPES}.lenet:LENET", 28),
    "resnet20": Entry(f"{_RECIPES}.resnet20:RESNET20", 8, is_one_cycle=True),
    "resnet50": Entry(f"{_RECIPES}.resnet50:RESNET50", 32, (1, 3), True, True),
    "resnet50_frozen": Entry(f"{_RECIPES}.resnet50:RESNET50_FROZEN", 32, (1, 3), True, True),
}


class Augmentation(NamedTuple):
    """An entry of AUGMENTATIONS.

    Attributes:
      function: "module:function" of a geometric augmentation, (geometry, noise) -> None, or of one
        of pixel values, (images, noise, pixel_range) -> images.
      is_geometric: True for the former.
    """

    function: str
    is_geometric: bool


AUGMENTATIONS = {
    "shift": Augmentation("gan_tf.classifiers.augmentation:shift", is_geometric=True),
    "rotation": Augmentation("gan_tf.classifiers.augmentation:rotation", is_geometric=True),
    "flip": Augmentation("gan_tf.classifiers.augmentation:flip", is_geometric=True),
    "color": Augmentation("gan_tf.classifiers.augmentation:color", is_geometric=False),
}
