"""Options of a map, without heavy imports."""

import re
from dataclasses import dataclass

from data_tools.errors import UsageError
from data_tools.flag_table import MAX_SEED
from data_tools.options import option
from gan_tf.metrics import EXTRACTORS

#: Two principal components, or t-SNE.
PROJECTIONS = ("pca", "tsne")
#: Pixels of the sheet of thumbnails; the largest takes 0.8 GB of memory.
MIN_EDGE, MAX_EDGE = 100, 16384


@dataclass(frozen=True)
class MapOptions:
    """Which images a map shows, and how.

    Raises:
      UsageError: ``size`` is not of the form 4000x3000 or out of bounds.
    """

    features: str = option("pixels", "Features by which images are compared.", choices=EXTRACTORS)
    projection: str = option(
        "pca",
        "Two principal components, or t-SNE of the first 200 (slow for thousands of images).",
        choices=PROJECTIONS,
    )
    real_images_per_class: int = option(
        100, "Maximum number of real images shown per class.", lower=1
    )
    num: int | None = option(
        None,
        "In place of --real_images_per_class: maximum number of real images shown in total.",
        lower=1,
    )
    synthetic_images_per_class: int | None = option(
        None,
        "Maximum number of synthetic images shown per class; default: --real_images_per_class.",
        lower=1,
    )
    size: str = option("4000x3000", "Width and height of sheet.png in pixels.")
    seed: int = option(0, "The same seed gives the same map.", lower=0, upper=MAX_SEED)

    def __post_init__(self):
        _parse_size(self.size)

    @property
    def max_synthetic_per_class(self) -> int:
        """Maximum number of synthetic images shown per class."""
        return self.synthetic_images_per_class or self.real_images_per_class

    @property
    def sheet_size(self) -> tuple[int, int]:
        """Width and height of the sheet of thumbnails in pixels."""
        return _parse_size(self.size)


def _parse_size(text: str) -> tuple[int, int]:
    size = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text, re.ASCII)
    width, height = (int(edge) for edge in size.groups()) if size else (0, 0)
    if not (MIN_EDGE <= width <= MAX_EDGE and MIN_EDGE <= height <= MAX_EDGE):
        raise UsageError(
            f"--size={text} is not WIDTHxHEIGHT such as 4000x3000, each from {MIN_EDGE} to "
            f"{MAX_EDGE} pixels"
        )
    return width, height
