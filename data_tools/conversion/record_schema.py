"""What a record holds, and how an image is brought to that form.

Features: `image` (PNG, JPEG or raw pixels), `label`, `height`, `width`, `channels`, `filename`,
`group` ("" for none) and `synthetic` (0 or 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import PreparedImage, Storage
from data_tools.errors import InputError
from data_tools.formats.example_proto import encode_example
from data_tools.formats.images import (
    DecodedImage,
    convert_mode,
    decode_image,
    encode_png,
    png_image,
)
from data_tools.formats.manifest import REAL


class MixedImagesError(InputError):
    """Images of different kinds where a data set must have one: no fault of a single image."""


@dataclass(frozen=True)
class RecordOptions:
    """How records are made.

    Attributes:
      encoding: "keep" stores PNG and JPEG bytes untouched where they can be, "png" encodes all
        anew, "raw" stores the pixels.
      mode: key of `images.MODES` that all images are brought to, None to require one mode.
      num_shards: of every split, None for one shard in 4,096 images.
      seed: of the order of the records.
    """

    encoding: str = "keep"
    mode: str | None = None
    num_shards: int | None = None
    seed: int = 0


class ImageKind(NamedTuple):
    """What all images of a data set have in common, and which image shows it."""

    mode: str
    size: tuple[int, int] | None
    shown_by: str


@dataclass(frozen=True)
class RecordStore:
    """Brings an image to the form in which records hold it."""

    kind: ImageKind
    options: RecordOptions

    def __call__(self, name: str, storage: Storage) -> Storage:
        """Returns what is stored.

        Raises:
          MixedImagesError: if the image is of another mode or size than it must be.
        """
        data, image = storage
        if image.mode != self.kind.mode:
            if self.options.mode is None:
                raise MixedImagesError(
                    f"{name!r} is {image.mode}, {self.kind.shown_by!r} is {self.kind.mode}; "
                    "pass --mode to bring all to one"
                )
            image = png_image(convert_mode(image.array, self.kind.mode))
            data = encode_png(image.array)
        if self.options.encoding == "raw":
            self._check_size(name, image)
            return Storage(image.array.tobytes(), image)
        if self.options.encoding == "keep" and image.verbatim:
            return Storage(data, image)
        return Storage(encode_png(image.array), image)

    def _check_size(self, name: str, image: DecodedImage) -> None:
        size = image.shape[:2]
        if size != self.kind.size:
            raise MixedImagesError(
                f"{name!r} is {size[0]}x{size[1]}, {self.kind.shown_by!r} is "
                f"{self.kind.size[0]}x{self.kind.size[1]}; --encoding=raw needs one size, "
                "see --op=resize_images"
            )


def record_of(prepared: PreparedImage, label_ids: Mapping[str, int]) -> bytes:
    """Returns the serialized `tf.train.Example` of one image."""
    record, data, (height, width, channels) = prepared
    return encode_example(
        {
            "image": data,
            "label": label_ids[record.label],
            "height": height,
            "width": width,
            "channels": channels,
            "filename": record.path.encode("utf-8", "surrogateescape"),
            "group": (record.group or "").encode("utf-8", "surrogateescape"),
            "synthetic": int(record.origin != REAL),
        }
    )


def image_kind(plan: Plan, options: RecordOptions) -> ImageKind:
    """Returns the mode and size that all images are to have: those of the first readable one.

    First by the order of the source, so that the seed of the shuffle does not matter.
    """
    for index in np.sort(plan.order):
        example = plan.examples[int(index)]
        try:
            image = decode_image(example.read(), example.path)
        except InputError:
            continue
        return ImageKind(options.mode or image.mode, image.shape[:2], example.path)
    raise InputError("none of the images can be read")
