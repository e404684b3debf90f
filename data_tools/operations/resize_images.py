"""One size for all images ([Baker2018], appendix, ``resize_images``).

Deviation from [Baker2018]: height and width are not swapped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from data_tools.conversion.options import ConversionOptions, splits_option
from data_tools.conversion.plan import Plan
from data_tools.conversion.plan_helpers import history_arguments, pixel_plan
from data_tools.formats.pixel_modes import from_pillow, to_pillow
from data_tools.options import option
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``resize_images``."""

    height: int = option(64, "Height in pixels.", lower=1)
    width: int = option(64, "Width in pixels.", lower=1)
    fit: str = option(
        "stretch",
        "Stretch, or keep the aspect ratio and pad, or keep it and crop the center.",
        choices=("stretch", "pad", "crop"),
    )
    filter: str = option(
        "lanczos",
        "Pillow's resampling filter.",
        choices=("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"),
    )
    fill: int = option(0, "With --fit=pad: gray level of the padding.", lower=0, upper=255)
    splits: tuple[str, ...] = splits_option()


@dataclass(frozen=True)
class Resize:
    """Transform that resizes an image to height x width.

    Attributes:
      height: height in pixels.
      width: width in pixels.
      fit: "stretch"; "pad" keeps the aspect ratio and pads evenly; "crop" keeps it and takes the
        center.
      filter: name of Pillow's resampling filter, in lower case; all but "nearest" and "box" are
        antialiased when downscaling.
      fill: gray level 0..255 of the padding.
    """

    height: int
    width: int
    fit: str = "stretch"
    filter: str = "lanczos"
    fill: int = 0

    def __call__(self, image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the resized image."""
        yield "", self.resized(image)

    def resized(self, image: np.ndarray) -> np.ndarray:
        """Return the image [H, W, C] at the new size, in its own type."""
        if image.dtype == np.uint16:
            # Pillow's filters take floats but not 16-bit integers.
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


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that resizes every image."""
    names = ("height", "width", "fit", "filter", *(["fill"] if options.fit == "pad" else []))
    resize = Resize(options.height, options.width, options.fit, options.filter, options.fill)
    return pixel_plan(sources, resize, options.splits, history_arguments(options, *names))
