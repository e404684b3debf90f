"""From a planned image to the bytes that are written: read, decode, transform, record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

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


class PreparedImage(NamedTuple):
    """An image ready to be written: its record, its bytes, its [height, width, channels]."""

    record: ImageRecord
    data: bytes
    shape: tuple[int, int, int]


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
          InputError: if the image cannot be read.
        """
        example, target = self.plan.target(position)
        data = example.read()
        image = decode_image(data, example.path)
        sha256 = example.content_sha256(data)
        history = (*target.history, self._step(position, example, sha256))
        is_anonymous = self.options.strip_metadata
        for path, storage in self._variants(example, target, Storage(data, image)):
            if is_anonymous:
                path, storage = self._anonymized(position, target, path, storage)
            storage = store(example.path, storage)
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
            yield PreparedImage(record, storage.data, storage.image.shape)

    def _step(self, position: int, example: Example, sha256: str) -> Mapping[str, Any]:
        return {
            "operation": self.options.operation,
            "arguments": self.plan.arguments,
            "source": self.plan.examples.source_name(int(self.plan.order[position])),
            "path": example.path,
            "sha256": sha256,
        }

    def _variants(
        self, example: Example, target: Example, storage: Storage
    ) -> Iterator[tuple[str, Storage]]:
        if not self.plan.is_transformed(example):
            yield target.path, storage
            return
        path = PurePosixPath(target.path)
        try:
            variants = list(self.plan.transform(storage.image.array))
        except InputError as error:
            raise InputError(f"{example.path!r} {error}") from None
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
