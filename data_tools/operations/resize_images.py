"""One size for all images.

[Baker2018], appendix, `resize_images`, which swaps height and width.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from data_tools.conversion.plan import Plan
from data_tools.formats.images import from_pillow, to_pillow
from data_tools.operations.pixels import transformed
from data_tools.sources import Source


@dataclass(frozen=True)
class Resize:
    """Brings an image to height x width.

    Attributes:
      height: in pixels.
      width: in pixels.
      fit: "stretch"; "pad" keeps the proportions and pads evenly; "crop" keeps them and takes the
        center.
      filter: name of Pillow's resampling filter, in lower case; all but "nearest" and "box" are
        antialiased when they scale down.
      fill: gray level 0..255 of the padding.
    """

    height: int
    width: int
    fit: str = "stretch"
    filter: str = "lanczos"
    fill: int = 0

    def __call__(self, image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yields the one image that comes of one."""
        yield "", self.resized(image)

    def resized(self, image: np.ndarray) -> np.ndarray:
        """Returns the image [H, W, C] at the new size, in its own type."""
        if image.dtype == np.uint16:
            # Pillow's filters know floats but not 16 bits.
            gray = self._fitted(Image.fromarray(image[..., 0].astype(np.float32)), self.fill * 257)
            levels = np.rint(np.asarray(gray)).clip(0, np.iinfo(np.uint16).max)
            return levels.astype(np.uint16)[..., np.newaxis]
        return from_pillow(self._fitted(to_pillow(image), self.fill))

    def _fitted(self, image: Image.Image, fill: int) -> Image.Image:
        method = Image.Resampling[self.filter.upper()]
        size = (self.width, self.height)
        if self.fit == "crop":
            return ImageOps.fit(image, size, method)
        if self.fit == "pad":
            color = fill if len(image.getbands()) == 1 else (fill,) * 3
            return ImageOps.pad(image, size, method, color=color)
        return image.resize(size, method)


def plan(sources: Sequence[Source], options: argparse.Namespace) -> Plan:
    """Returns the plan that resizes every image."""
    arguments = {name: getattr(options, name) for name in ("height", "width", "fit", "filter")}
    if options.fit == "pad":
        arguments["fill"] = options.fill
    resize = Resize(options.height, options.width, options.fit, options.filter, options.fill)
    return transformed(sources, resize, options.splits, arguments)
