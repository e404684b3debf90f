"""The content of a record, and the conversion of images to that form.

Features: ``image`` (PNG, JPEG or raw pixels), ``label``, ``height``, ``width``, ``channels``,
``filename``, ``group`` ("" for none) and ``synthetic`` (0 or 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from data_tools.conversion.mode_conversion import UnfitImagesError
from data_tools.conversion.mode_options import ModeOptions
from data_tools.conversion.plan import Plan
from data_tools.conversion.prepare import PreparedImage, Storage
from data_tools.errors import InputError
from data_tools.formats.example_proto import encode_example
from data_tools.formats.images import DecodedImage, decode_image, encode_png
from data_tools.formats.manifest import REAL
from data_tools.options import option, seed_option


@dataclass(frozen=True, kw_only=True)
class RecordOptions(ModeOptions):
    """Options of conversions to records."""

    encoding: str = option(
        "keep",
        "Keep PNG and JPEG bytes that all readers decode identically, or encode all images as "
        "PNG, or store raw pixels.",
        choices=("keep", "png", "raw"),
    )
    num_shards: int | None = option(
        None, "Shards of each split; default: one for every 4,096 images.", lower=1
    )
    seed: int = seed_option("Seed of the record order.")


class ImageKind(NamedTuple):
    """The common mode and size of a data set's images, and the path of the image defining them."""

    mode: str
    size: tuple[int, int] | None
    defined_by: str


@dataclass(frozen=True)
class RecordStore:
    """Conversion of an image to its form in records."""

    kind: ImageKind
    options: RecordOptions

    def __call__(self, name: str, storage: Storage) -> Storage:
        """Return the image in the form in which it is stored.

        Raises:
          UnfitImagesError: if the image does not have the required mode or size.
        """
        data, image = storage
        if image.mode != self.kind.mode:
            raise UnfitImagesError(
                f"{name!r} is {image.mode}, {self.kind.defined_by!r} is {self.kind.mode}; "
                "pass --mode to convert all to one"
            )
        if self.options.encoding == "raw":
            self._check_size(name, image)
            return Storage(image.array.tobytes(), image)
        if self.options.encoding == "keep" and image.verbatim:
            return Storage(data, image)
        return Storage(encode_png(image.array), image)

    def _check_size(self, name: str, image: DecodedImage) -> None:
        size = image.shape[:2]
        if size != self.kind.size:
            raise UnfitImagesError(
                f"{name!r} is {size[0]}x{size[1]}, {self.kind.defined_by!r} is "
                f"{self.kind.size[0]}x{self.kind.size[1]}; --encoding=raw needs one size, "
                "see --op=resize_images"
            )


def serialize_record(prepared: PreparedImage, label_ids: Mapping[str, int]) -> bytes:
    """Return the serialized ``tf.train.Example`` of one image."""
    record, data, (height, width, channels), _ = prepared
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
    """Return the mode and size that all images must have: those of the first readable one.

    The first in the order of the source, so that the shuffle's seed makes no difference.
    """
    for index in np.sort(plan.order):
        example = plan.examples[int(index)]
        try:
            image = decode_image(example.read(), example.source_path)
        except InputError:
            continue
        return ImageKind(options.mode or image.mode, image.shape[:2], example.source_path)
    raise InputError("none of the images can be read")
