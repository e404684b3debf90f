"""Conversion of an image to another pixel mode, with the scale of 16-bit gray."""

from dataclasses import dataclass
from typing import Any

from data_tools.errors import InputError
from data_tools.formats.images import DecodedImage, decoded_png
from data_tools.formats.pixel_modes import FULL_SCALE, GrayScale, convert_mode


class UnfitImagesError(InputError):
    """Images that do not fit the options or each other; no single image is at fault."""


@dataclass(frozen=True)
class ModeConversion:
    """Conversion to one mode.

    Attributes:
      mode: key of ``MODES``.
      scale: how 16-bit gray becomes 8-bit.
      bit_depth: larger 16-bit values than it can hold are refused; None refuses none.
      percentiles: the percentiles that ``scale`` was computed from, if it was.
    """

    mode: str
    scale: GrayScale = FULL_SCALE
    bit_depth: int | None = None
    percentiles: tuple[float, float] | None = None

    def __call__(self, image: DecodedImage) -> DecodedImage:
        """Return the image in the mode; the same object if it has it already.

        Raises:
          UnfitImagesError: a value is too large for ``bit_depth``.
        """
        if image.mode == self.mode:
            return image
        if image.mode == "I;16" and self.bit_depth is not None:
            largest = int(image.array.max())
            if largest > self.scale.high:
                raise UnfitImagesError(
                    f"has the value {largest}, but --bit_depth={self.bit_depth} ends at "
                    f"{self.scale.high}; pass --bit_depth={largest.bit_length()}"
                )
        return decoded_png(convert_mode(image.array, self.mode, self.scale))

    @property
    def arguments(self) -> dict[str, Any]:
        """Entries for the history of the images."""
        arguments: dict[str, Any] = {"mode": self.mode}
        if self.bit_depth is not None:
            arguments["bit_depth"] = self.bit_depth
        if self.percentiles is not None:
            arguments |= {"percentiles": self.percentiles, "scale": self.scale}
        return arguments
