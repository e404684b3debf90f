"""Loaders of the images in records."""

import bisect
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from data_tools.errors import InputError
from data_tools.files.file_systems import open_file
from data_tools.formats.example_proto import decode_example
from data_tools.formats.images import decode, encode_png
from data_tools.formats.pixel_modes import mode_of, to_uint8
from data_tools.formats.record_keys import RecordKeys
from data_tools.formats.tfds_layout import Layout, Shard
from data_tools.formats.tfrecord import read_record


def record_keys(layout: Layout) -> RecordKeys:
    """Return how records of a layout are read."""
    return RecordKeys(layout.image_key, layout.dtype if layout.is_raw else None)


@dataclass(frozen=True, slots=True)
class RecordLoader:
    """Loader of the image in a record.

    Attributes:
      shard: path of the shard.
      offset: byte at which the record begins.
      keys: how the record is read.
      number: number of the record in its shard, from 0.
    """

    shard: str
    offset: int
    keys: RecordKeys
    number: int

    def __call__(self) -> bytes:
        """Return the encoded image; raw pixels are encoded as PNG."""
        features = self.features()
        image = self._image(features)
        if self.keys.raw_dtype is None:
            return image
        return encode_png(self._raw_pixels(image, features))

    def features(self) -> dict[str, bytes | int]:
        """Read all features of the record."""
        with open_file(self.shard) as file:
            record = read_record(file, self.offset, self.shard)
        return decode_example(record or b"", self.name)

    def pixels(self, record: bytes) -> np.ndarray:
        """Return uint8 pixels [height, width, channels] of the record's bytes."""
        features = decode_example(record, self.name)
        image = self._image(features)
        if self.keys.raw_dtype is None:
            return to_uint8(decode(image, self.name))
        return to_uint8(self._raw_pixels(image, features))

    @property
    def name(self) -> str:
        """Name of the record in error messages."""
        return f"record {self.number} of {self.shard}"

    def _image(self, features: dict) -> bytes:
        image = features.get(self.keys.image)
        if not isinstance(image, bytes):
            raise InputError(f"{self.name} has no feature {self.keys.image!r}")
        return image

    def _raw_pixels(self, image: bytes, features: dict) -> np.ndarray:
        try:
            height, width, *channels = (int(features[key]) for key in self.keys.size)
            array = np.frombuffer(image, self.keys.raw_dtype)
            array = array.reshape(height, width, *(channels or [-1]))
            mode_of(array)
            return array
        except (KeyError, ValueError) as error:
            raise InputError(
                f"{self.name} does not contain an image of the stated size ({error})"
            ) from None


class RecordLoaders:
    """Loaders of the records in some shards of a data set, stored as offsets.

    Args:
      keys: see ``RecordLoader``.
    """

    def __init__(self, keys: RecordKeys):
        self._keys = keys
        self._shards: list[Shard] = []
        self._paths: list[str] = []
        self._offsets: list[np.ndarray] = []

    def add_shard(self, shard: Shard, path: str, offsets: np.ndarray) -> None:
        """Add a shard that comes after those added before.

        Args:
          shard: the shard.
          path: its path or URL.
          offsets: int64 [num_records], the bytes at which its records begin.

        Raises:
          InputError: the shard has another number of records than it should.
        """
        if len(offsets) != shard.num_records:
            raise InputError(
                f"{path} has {len(offsets)} records instead of {shard.num_records}; convert again"
            )
        self._shards.append(shard)
        self._paths.append(path)
        self._offsets.append(offsets)

    def __call__(self, index: int) -> RecordLoader:
        """Return the loader of a record by its index in the data set."""
        position = bisect.bisect_right(self._shards, index, key=attrgetter("first_record")) - 1
        number = index - self._shards[position].first_record
        offset = int(self._offsets[position][number])
        return RecordLoader(self._paths[position], offset, self._keys, number)
