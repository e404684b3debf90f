"""Options of interpolations; imports no TensorFlow."""

from dataclasses import dataclass

from data_tools.options import option


@dataclass(frozen=True)
class InterpolationOptions:
    """What is drawn between generated images.

    Attributes:
      interpolation_images: images from one end of an interpolation to the other, both included.
      anchors: generated images of a class that its loop passes through.
    """

    interpolation_images: int = option(
        9, "With --interpolate, images from one end to the other, both included.", lower=2
    )
    anchors: int = option(
        4, "With --interpolate, generated images that a loop passes through.", lower=2
    )
