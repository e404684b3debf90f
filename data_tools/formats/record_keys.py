"""``RecordKeys``, which features of a record hold its image, and how."""

from typing import NamedTuple


class RecordKeys(NamedTuple):
    """Keys of the features that hold the image of a record.

    Attributes:
      image: key of the encoded image or of its raw pixels.
      raw_dtype: "uint8" or "uint16" for raw pixels, None for an encoded image.
      size: keys of height, width and channels of raw pixels.
    """

    image: str
    raw_dtype: str | None = None
    size: tuple[str, str, str] = ("height", "width", "channels")
