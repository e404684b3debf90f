"""The range of values that the images of a data set use, of all that their type can hold."""

import warnings
from typing import NamedTuple

import numpy as np

from data_tools.errors import Caution, InputError
from data_tools.formats.images import decode_image, stored_mode
from data_tools.sources.source import ArrayLoader, Source

# Shares of all values below which a range is narrow. 16-bit gray is reduced to 8 bits: with half of
# its range, half of the gray levels are lost. 8 bits stay as they are: with an eighth of their
# range, 32 levels, they are no photographs but, for example, masks of the values 0 and 1.
_NARROW_SHARES = {65535: 1 / 2, 255: 1 / 8}
_NUM_SAMPLED = 16


class ValueRange(NamedTuple):
    """The smallest and the largest value of some images.

    Attributes:
      low: the smallest value.
      high: the largest.
      limit: the largest that their type can hold, 255 or 65535.
    """

    low: int
    high: int
    limit: int = 65535

    @classmethod
    def of(cls, array: np.ndarray) -> "ValueRange":
        """Return the range of an image [height, width, channels] without its fourth channel."""
        values = array[..., :3]
        return cls(int(values.min()), int(values.max()), int(np.iinfo(array.dtype).max))

    def union(self, other: "ValueRange | None") -> "ValueRange":
        """Return the smallest range that includes both."""
        if other is None:
            return self
        return self._replace(low=min(self.low, other.low), high=max(self.high, other.high))

    @property
    def share(self) -> float:
        """Share of all values that lies between ``low`` and ``high``."""
        return (self.high - self.low) / self.limit

    @property
    def bits(self) -> int:
        """Number of bits that the largest value needs, at least 1."""
        return max(self.high.bit_length(), 1)

    @property
    def is_narrow(self) -> bool:
        """Whether so much of the range is unused that the images lack gray levels."""
        return self.share < _NARROW_SHARES[self.limit]

    @property
    def remedy(self) -> str:
        """The flag of a conversion to 8 bits that makes full use of them; "" if none can."""
        if self.low == self.high:
            return ""
        if self.share * self.limit >= _NARROW_SHARES[self.limit] * (2**self.bits - 1):
            return f"--bit_depth={self.bits}"
        return "--percentiles=0,100"

    def __str__(self) -> str:
        bits = f"{self.bits} bit{'s' if self.bits > 1 else ''}"
        return f"{self.low} to {self.high} of {self.limit} ({bits}, {self.share:.1%} of the range)"


def warn_of_narrow_range(source: Source) -> None:
    """Warn if a network, which reads 8 bits, would see few gray levels of 16-bit images.

    Looks at a few images, evenly spaced.
    """
    size = len(source.examples)
    values = None
    for position in np.linspace(0, size - 1, min(size, _NUM_SAMPLED)).astype(int).tolist():
        example = source.examples[position]
        if isinstance(example.load, ArrayLoader):
            return  # These have 8 bits.
        try:
            data = example.read()
            if stored_mode(data, example.source_path) == "I;16":
                values = ValueRange.of(decode_image(data, example.source_path).array).union(values)
        except InputError:
            continue  # Reported when the image is needed.
    if values is not None and values.is_narrow and values.remedy:
        warnings.warn(
            f"the 16-bit values of '{source.spec}' are {values}, and 0 to {values.limit} becomes 0 "
            "to 255 in training, which leaves few gray levels; scale them with `data_tools convert "
            f"--op=convert_to_tfrecords --mode=L {values.remedy}`",
            Caution,
            stacklevel=2,
        )
