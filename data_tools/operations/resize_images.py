"""One size for all images ([Baker2018], appendix, ``resize_images``).

Deviations from [Baker2018]: height and width are not swapped; one of them alone keeps the aspect
ratio; the mode may change too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from data_tools.conversion.mode_options import ModeOptions, mode_conversion
from data_tools.conversion.options import splits_option
from data_tools.conversion.plan import Plan
from data_tools.conversion.plan_helpers import history_arguments, pixel_plan
from data_tools.errors import UsageError
from data_tools.formats.pixel_modes import from_pillow, to_pillow
from data_tools.options import option
from data_tools.sources import Source

_DEFAULT_EDGE = 64
# How the history says that a side follows from the other and the aspect ratio.
_KEPT_RATIO = "aspect ratio"


@dataclass(frozen=True, kw_only=True)
class Options(ModeOptions):
    """Options of ``resize_images``."""

    height: int | None = option(
        None,
        "Height in pixels. With only one of --height and --width, the other follows from the "
        f"aspect ratio of each image; with neither, both are {_DEFAULT_EDGE}.",
        lower=1,
    )
    width: int | None = option(None, "Width in pixels; see --height.", lower=1)
    fit: str = option(
        "stretch",
        "With both --height and --width: stretch, or keep the aspect ratio and pad, or keep it and "
        "crop the center.",
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
      height, width: in pixels; one of them may be None, and follows from the aspect ratio.
      fit: "stretch"; "pad" keeps the aspect ratio and pads evenly; "crop" keeps it and takes the
        center.
      filter: name of Pillow's resampling filter, in lower case; all but "nearest" and "box" are
        antialiased when downscaling.
      fill: gray level 0..255 of the padding.
    """

    height: int | None
    width: int | None
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
        size = self._size(image)
        if self.fit == "crop":
            return ImageOps.fit(image, size, method)
        if self.fit == "pad":
            color = fill if len(image.getbands()) == 1 else (fill,) * 3
            return ImageOps.pad(image, size, method, color=color)
        return image.resize(size, method)

    def _size(self, image: Image.Image) -> tuple[int, int]:
        """Return width and height of the resized image."""
        height, width = self.height, self.width
        return (
            width or max(1, round(image.width * height / image.height)),
            height or max(1, round(image.height * width / image.width)),
        )


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that resizes every image.

    Raises:
      UsageError: ``fit`` is given with one side only.
    """
    (source,) = sources
    height, width = options.height, options.width
    if height is None and width is None:
        height = width = _DEFAULT_EDGE
    keeps_ratio = height is None or width is None
    if keeps_ratio and options.fit != "stretch":
        raise UsageError(f"--fit={options.fit} needs both --height and --width")
    conversion = mode_conversion(source, options)
    names = [] if keeps_ratio else ["fit"]
    names += ["filter", "fill"] if options.fit == "pad" else ["filter"]
    arguments = {
        "height": height or _KEPT_RATIO,
        "width": width or _KEPT_RATIO,
        **history_arguments(options, *names),
        **(conversion.arguments if conversion else {}),
    }
    resize = Resize(height, width, options.fit, options.filter, options.fill)
    return pixel_plan(sources, resize, options.splits, arguments, conversion)
