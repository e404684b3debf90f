"""What a data set is and how it came to be: the provenance of every image.

`manifest.jsonl` holds one line for each image, `dataset.json` describes the whole, and
`trained_on.jsonl` (synthetic data sets only) names the real images that the generator saw.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from data_tools import __version__
from data_tools.errors import InputError

MANIFEST_FILE = "manifest.jsonl"
CARD_FILE = "dataset.json"
TRAINED_ON_FILE = "trained_on.jsonl"
SPLITS = ("train", "validation", "test")
REAL = "real"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One line of the manifest.

    Attributes:
      path: unique, relative, with forward slashes.
      label: class name.
      sha256: of the encoded bytes.
      origin: "real", or "synthetic:<run name>@<checkpoint hash>".
      group: images of one group (lesion, patient) belong on one side of a split.
      split: "" in a data set that is not split.
      history: the operations that led here, oldest first, each a JSON object with `operation`,
        `arguments`, `source` (name of the data set), `path` and `sha256` (both before it).
    """

    path: str
    label: str
    sha256: str
    origin: str = REAL
    group: str | None = None
    split: str = ""
    history: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> str:
        """Returns the record as one line of JSON without its line end."""
        return json.dumps(
            {
                "path": self.path,
                "label": self.label,
                "sha256": self.sha256,
                "origin": self.origin,
                "group": self.group,
                "split": self.split,
                "history": self.history,
            }
        )


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """A real image that a generator was trained on; path and group may be stripped."""

    sha256: str
    pixels_sha256: str
    path: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Card:
    """Content of `dataset.json`.

    Attributes:
      name: of the data set.
      classes: class names; a label's id is its position.
      splits: names of the splits, () if the data set is not split.
      counts: images per split ("" if not split) and class.
      shape: [height, width, channels], each null where the images differ.
      fingerprint: see `Fingerprint`.
      tool_version: version that wrote it.
      arguments: what the writing command was asked, without paths of this machine.
      bad_images: path and reason of each source image that was left out on request.
      extra: whatever the writer adds (of records: encoding and shard lengths).
    """

    name: str
    classes: tuple[str, ...]
    splits: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    shape: tuple[int | None, ...]
    fingerprint: str
    tool_version: str = __version__
    arguments: Mapping[str, Any] = field(default_factory=dict)
    bad_images: tuple[Mapping[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def num_images(self) -> int:
        """Number of images in all splits."""
        return sum(sum(by_label.values()) for by_label in self.counts.values())


class Fingerprint:
    """A hash over (path, label, hash of the bytes) of all images, whatever their order.

    It is the sum modulo 2**256 of the SHA-256 of each image's triple, so that it needs no sorted
    list of all images in memory; equal content gives the same value on every machine.
    """

    def __init__(self) -> None:
        """Begins with no image."""
        self._sum = 0

    def add(self, path: str, label: str, sha256: str) -> None:
        """Adds one image."""
        triple = json.dumps([path, label, sha256]).encode()
        self._sum += int.from_bytes(hashlib.sha256(triple).digest(), "big")

    def hexdigest(self) -> str:
        """Returns the fingerprint so far, 64 hexadecimal digits."""
        return f"{self._sum % 2**256:064x}"


class ManifestWriter:
    """Writes the manifest line by line and, at the end, the card that sums it up."""

    def __init__(self, folder: Path):
        """Opens the manifest of a folder for writing."""
        self._folder = folder
        self._file = open(folder / MANIFEST_FILE, "w", encoding="utf-8")
        self._counts: dict[str, dict[str, int]] = {}
        self._fingerprint = Fingerprint()
        self._shape: tuple[int | None, ...] | None = None

    def __enter__(self) -> "ManifestWriter":
        """Returns itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the file."""
        self._file.close()

    def add(
        self, record: ImageRecord, shape: Sequence[int] | None = None, line: str | None = None
    ) -> None:
        """Writes one record.

        Args:
          record: the image.
          shape: its [height, width, channels], if known.
          line: `record.to_json()`, if somebody has made it already.
        """
        self._file.write((line or record.to_json()) + "\n")
        by_label = self._counts.setdefault(record.split, {})
        by_label[record.label] = by_label.get(record.label, 0) + 1
        self._fingerprint.add(record.path, record.label, record.sha256)
        if shape is not None and self._shape is None:
            self._shape = tuple(shape)
        elif shape is not None and self._shape != tuple(shape):
            pairs = zip(self._shape, shape, strict=True)
            self._shape = tuple(a if a == b else None for a, b in pairs)

    def finish(
        self,
        *,
        name: str,
        class_names: Sequence[str],
        arguments: Mapping[str, Any],
        bad_images: Sequence[Mapping[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> Card:
        """Closes the manifest, writes the card and returns it."""
        self._file.close()
        splits = tuple(split for split in SPLITS if split in self._counts)
        card = Card(
            name=name,
            classes=tuple(class_names),
            splits=splits,
            counts={
                split: {label: self._counts.get(split, {}).get(label, 0) for label in class_names}
                for split in (splits or ("",))
            },
            shape=self._shape or (None, None, None),
            fingerprint=self._fingerprint.hexdigest(),
            arguments=dict(arguments),
            bad_images=tuple(bad_images),
            extra=dict(extra or {}),
        )
        text = json.dumps(asdict(card), indent=2) + "\n"
        (self._folder / CARD_FILE).write_text(text, encoding="utf-8")
        return card


def write_data_set(
    folder: Path | str,
    *,
    name: str,
    class_names: Sequence[str],
    records: Iterable[ImageRecord],
    arguments: Mapping[str, Any],
    shape: Sequence[int] | None = None,
    trained_on: Iterable[TrainedOn] = (),
) -> Card:
    """Writes manifest and card of the images that stand in a folder already.

    Args:
      folder: root of the data set.
      name: of the data set.
      class_names: in the order of their label ids.
      records: one for each image.
      arguments: what the writing command was asked; no times, no paths of this machine.
      shape: [height, width, channels] that all images have, if they do.
      trained_on: the real images that the generator of a synthetic data set saw.
    """
    folder = Path(folder)
    with ManifestWriter(folder) as writer:
        for record in records:
            writer.add(record, shape)
        card = writer.finish(name=name, class_names=class_names, arguments=arguments)
    write_trained_on(folder, trained_on)
    return card


def read_manifest(folder: Path | str) -> list[ImageRecord]:
    """Returns the records of a data set in the order of its manifest.

    Raises:
      InputError: if a line is not a record.
      FileNotFoundError: if the folder has no manifest.
    """
    return [
        ImageRecord(**{**fields, "history": tuple(fields.get("history", ()))})
        for fields in _json_lines(Path(folder) / MANIFEST_FILE, ImageRecord)
    ]


def write_trained_on(folder: Path | str, images: Iterable[TrainedOn]) -> None:
    """Writes `trained_on.jsonl`, one line for each distinct image; no file when there is none."""
    lines = {}
    for image in images:
        fields = {key: value for key, value in asdict(image).items() if value is not None}
        lines[json.dumps(fields)] = None
    if lines:
        (Path(folder) / TRAINED_ON_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_trained_on(folder: Path | str) -> list[TrainedOn]:
    """Returns the real images that a synthetic data set's generator saw, [] without the file."""
    file = Path(folder) / TRAINED_ON_FILE
    return [TrainedOn(**fields) for fields in _json_lines(file, TrainedOn)] if file.exists() else []


def read_card(folder: Path | str) -> Card | None:
    """Returns the card of a data set, None if the folder has none.

    Raises:
      InputError: if `dataset.json` is not a card.
    """
    file = Path(folder) / CARD_FILE
    if not file.is_file():
        return None
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        return Card(
            **{
                **fields,
                "classes": tuple(fields["classes"]),
                "splits": tuple(fields["splits"]),
                "shape": tuple(fields["shape"]),
                "bad_images": tuple(fields.get("bad_images", ())),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{file} is not the description of a data set ({error}); convert again"
        ) from None


def _json_lines(file: Path, kind: type) -> Iterable[dict]:
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = json.loads(line)
                kind(**fields)
            except (ValueError, TypeError) as error:
                raise InputError(
                    f"{file}, line {number} is damaged ({error}); convert again"
                ) from None
            yield fields
