"""Tiles cut out of every image ([Baker2018], appendix, ``crop_images``).

As in [Baker2018], the tiles run from left to right and top to bottom and the remainder is dropped.
Deviations: any size, the remainder on request, names that contain source, row and column, and no
file is deleted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.conversion.options import ConversionOptions, splits_option
from data_tools.conversion.plan import Plan
from data_tools.conversion.plan_helpers import history_arguments, pixel_plan
from data_tools.errors import InputError
from data_tools.options import option
from data_tools.sources import Source


@dataclass(frozen=True, kw_only=True)
class Options(ConversionOptions):
    """Options of ``crop_images``."""

    height: int = option(28, "Height of a tile in pixels.", lower=1)
    width: int = option(28, "Width of a tile in pixels.", lower=1)
    remainder: str = option(
        "drop",
        "Remainder at the right and bottom edges: drop it, or keep it as smaller tiles.",
        choices=("drop", "keep"),
    )
    splits: tuple[str, ...] = splits_option()


@dataclass(frozen=True)
class Tiles:
    """Transform that cuts an image into tiles of height x width pixels."""

    height: int
    width: int
    keeps_remainder: bool

    def __call__(self, image: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Yield "_r<row>_c<column>" and the tile.

        Raises:
          InputError: if the image is smaller than one tile and remainders are dropped.
        """
        num_rows = self._num_tiles(image.shape[0], self.height)
        num_columns = self._num_tiles(image.shape[1], self.width)
        if num_rows * num_columns == 0:
            raise InputError(
                f"is {image.shape[0]}x{image.shape[1]}, smaller than a tile of "
                f"{self.height}x{self.width}"
            )
        for row in range(num_rows):
            for column in range(num_columns):
                top, left = row * self.height, column * self.width
                tile = image[top : top + self.height, left : left + self.width]
                yield f"_r{row}_c{column}", tile

    def _num_tiles(self, size: int, tile_size: int) -> int:
        return -(-size // tile_size) if self.keeps_remainder else size // tile_size


def plan(sources: Sequence[Source], options: Options) -> Plan:
    """Return the plan that replaces every image by its tiles."""
    tiles = Tiles(options.height, options.width, options.remainder == "keep")
    arguments = history_arguments(options, "height", "width", "remainder")
    return pixel_plan(sources, tiles, options.splits, arguments)
