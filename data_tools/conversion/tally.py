"""Tally of the images that a conversion writes."""

from data_tools.conversion.prepare import PreparedImage
from data_tools.formats.dataset_info import Tally
from data_tools.sources.value_range import ValueRange


class PreparedTally(Tally):
    """Tally that also has the range of the values that became 8-bit from 16-bit gray, if any did.

    Attributes:
      gray_values: the range.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gray_values: ValueRange | None = None

    def add_prepared(self, image: PreparedImage) -> None:
        """Count one image."""
        self.add(image.record, image.shape)
        self._merge_values(image.gray_values)

    def merge(self, other: "PreparedTally") -> None:
        """Add the images of another tally."""
        super().merge(other)
        self._merge_values(other.gray_values)

    def _merge_values(self, values: ValueRange | None) -> None:
        if values is not None:
            self.gray_values = values.union(self.gray_values)
