"""From a planned image to the bytes that are written: read, decode, transform, record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from data_tools.conversion.mode_conversion import UnfitImagesError
from data_tools.conversion.options import ConversionOptions
from data_tools.conversion.plan import Plan
from data_tools.errors import InputError
from data_tools.files.paths import safe_relative_path
from data_tools.formats.images import (
    DecodedImage,
    bytes_sha256,
    decode_image,
    decoded_png,
    encode_png,
    pixels_sha256,
)
from data_tools.formats.manifest import ImageRecord
from data_tools.formats.pixel_modes import to_uint8
from data_tools.formats.strip_metadata import strip_metadata
from data_tools.sources.source import Example
from data_tools.sources.value_range import ValueRange


class PreparedImage(NamedTuple):
    """An image ready to be written.

    Attributes:
      record: its entry in the manifest.
      data: its bytes.
      shape: height, width and channels.
      gray_values: range of its values if it became 8-bit from 16-bit gray.
    """

    record: ImageRecord
    data: bytes
    shape: tuple[int, int, int]
    gray_values: ValueRange | None


class Storage(NamedTuple):
    """An image as it is stored: its bytes, and what a reader decodes from them."""

    data: bytes
    image: DecodedImage


#: Maps a source path and the encoded image to the form in which it is stored.
Store = Callable[[str, Storage], Storage]


@dataclass(frozen=True)
class Preparation:
    """Task that prepares any image of a plan, in any process.

    Attributes:
      plan: plan of the operation.
      options: options of the conversion.
    """

    plan: Plan
    options: ConversionOptions

    def images(self, position: int, store: Store) -> Iterator[PreparedImage]:
        """Yield the images that come from one planned image.

        Args:
          position: position in the plan's order.
          store: decides which bytes are stored.

        Raises:
          UnfitImagesError: if the image does not fit the options.
          InputError: if the image cannot be read.
        """
        example, target = self.plan.target(position)
        data = example.read()
        image = decode_image(data, example.source_path)
        sha256 = example.content_sha256(data)
        history = (*target.history, self._step(position, example, sha256))
        is_anonymous = self.options.strip_metadata
        converted = self._converted(example, image)
        gray_values = None
        if image.mode == "I;16" and converted.mode != image.mode:
            gray_values = ValueRange.of(image.array)
        for path, storage in self._variants(example, target, data, image, converted):
            if is_anonymous:
                path, storage = self._anonymized(position, target, path, storage)
            storage = store(example.source_path, storage)
            record = ImageRecord(
                path=safe_relative_path(path),
                label=target.label,
                sha256=sha256 if storage.data is data else bytes_sha256(storage.data),
                origin=target.origin,
                group=None if is_anonymous else target.group,
                split=target.split,
                history=tuple(map(_anonymized_step, history)) if is_anonymous else history,
                pixels_sha256=pixels_sha256(to_uint8(storage.image.array)),
            )
            yield PreparedImage(record, storage.data, storage.image.shape, gray_values)

    def _step(self, position: int, example: Example, sha256: str) -> Mapping[str, Any]:
        return {
            "operation": self.options.operation,
            "arguments": self.plan.arguments,
            "source": self.plan.examples.source_name(int(self.plan.order[position])),
            "path": example.source_path,
            "sha256": sha256,
        }

    def _converted(self, example: Example, image: DecodedImage) -> DecodedImage:
        if not self.plan.is_converted(example):
            return image
        try:
            return self.plan.conversion(image)
        except UnfitImagesError as error:
            raise UnfitImagesError(f"{example.source_path!r} {error}") from None

    def _variants(
        self,
        example: Example,
        target: Example,
        data: bytes,
        image: DecodedImage,
        converted: DecodedImage,
    ) -> Iterator[tuple[str, Storage]]:
        if not self.plan.is_transformed(example):
            if converted is not image:
                data = encode_png(converted.array)
            yield target.path, Storage(data, converted)
            return
        path = PurePosixPath(target.path)
        try:
            variants = list(self.plan.transform(converted.array))
        except InputError as error:
            raise InputError(f"{example.source_path!r} {error}") from None
        for suffix, array in variants:
            name = f"{path.stem}{suffix}{path.suffix}"
            yield str(path.with_name(name)), Storage(encode_png(array), decoded_png(array))

    def _anonymized(
        self, position: int, target: Example, path: str, storage: Storage
    ) -> tuple[str, Storage]:
        """Return a numbered path and bytes without metadata."""
        suffix = PurePosixPath(path).stem.removeprefix(PurePosixPath(target.path).stem)
        data = strip_metadata(storage.data, storage.image)
        extension = ".jpg" if data.startswith(b"\xff\xd8") else ".png"
        parts = (target.split, target.label, f"{position:06d}{suffix}{extension}")
        image = storage.image if storage.image.verbatim else decoded_png(storage.image.array)
        return "/".join(part for part in parts if part), Storage(data, image)


def _anonymized_step(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: step[key] for key in ("operation", "arguments") if key in step}


def stored_as_is(name: str, storage: Storage) -> Storage:
    """Return the storage unchanged."""
    return storage
