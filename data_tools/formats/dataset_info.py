"""`dataset.json`, the info of a data set, and the counting behind it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from data_tools import __version__
from data_tools.errors import InputError

DATASET_FILE = "dataset.json"
SPLITS = ("train", "validation", "test")


class Counted(Protocol):
    """What a tally needs to know of an image."""

    path: str
    label: str
    sha256: str
    split: str


@dataclass(frozen=True)
class DatasetInfo:
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
        triple = "\0".join((path, label, sha256)).encode("utf-8", "surrogatepass")
        self._sum += int.from_bytes(hashlib.sha256(triple).digest(), "big")

    def merge(self, other: "Fingerprint") -> None:
        """Adds the images of another."""
        self._sum += other._sum

    def hexdigest(self) -> str:
        """Returns the fingerprint so far, 64 hexadecimal digits."""
        return f"{self._sum % 2**256:064x}"


class Tally:
    """What the info counts: images per split and class, their common shape, the fingerprint."""

    def __init__(self) -> None:
        """Begins with no image."""
        self.counts: dict[str, dict[str, int]] = {}
        self.fingerprint = Fingerprint()
        self.shape: tuple[int | None, ...] | None = None

    def add(self, record: Counted, shape: Sequence[int] | None = None) -> None:
        """Counts one image of shape [height, width, channels] (None if unknown)."""
        self._count(record.split, record.label, 1)
        self.fingerprint.add(record.path, record.label, record.sha256)
        if shape is not None:
            self._unite_shape(tuple(shape))

    def merge(self, other: "Tally") -> None:
        """Adds what another has counted."""
        for split, by_label in other.counts.items():
            for label, count in by_label.items():
                self._count(split, label, count)
        self.fingerprint.merge(other.fingerprint)
        if other.shape is not None:
            self._unite_shape(other.shape)

    @property
    def num_images(self) -> int:
        """Number of images counted."""
        return sum(sum(by_label.values()) for by_label in self.counts.values())

    def _count(self, split: str, label: str, count: int) -> None:
        by_label = self.counts.setdefault(split, {})
        by_label[label] = by_label.get(label, 0) + count

    def _unite_shape(self, shape: tuple[int | None, ...]) -> None:
        if self.shape is None or self.shape == shape:
            self.shape = shape
            return
        pairs = zip(self.shape, shape, strict=True)
        self.shape = tuple(a if a == b else None for a, b in pairs)


def info_from_tally(
    tally: Tally,
    *,
    name: str,
    class_names: Sequence[str],
    arguments: Mapping[str, Any],
    bad_images: Sequence[Mapping[str, str]] = (),
    extra: Mapping[str, Any] | None = None,
) -> DatasetInfo:
    """Returns the info of the images that a tally has counted."""
    splits = tuple(split for split in SPLITS if split in tally.counts)
    return DatasetInfo(
        name=name,
        classes=tuple(class_names),
        splits=splits,
        counts={
            split: {label: tally.counts.get(split, {}).get(label, 0) for label in class_names}
            for split in (splits or ("",))
        },
        shape=tally.shape or (None, None, None),
        fingerprint=tally.fingerprint.hexdigest(),
        arguments=dict(arguments),
        bad_images=tuple(bad_images),
        extra=dict(extra or {}),
    )


def write_dataset_info(folder: Path, info: DatasetInfo) -> None:
    """Writes `dataset.json`."""
    (folder / DATASET_FILE).write_text(json.dumps(asdict(info), indent=2) + "\n", encoding="utf-8")


def read_dataset_info(folder: Path | str) -> DatasetInfo | None:
    """Returns the info of a data set, None if the folder has none.

    Raises:
      InputError: if `dataset.json` is not a info.
    """
    file = Path(folder) / DATASET_FILE
    if not file.is_file():
        return None
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        return DatasetInfo(
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
