"""``dataset.json``, the description of a data set, and the counts and hash in it."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

from data_tools import __version__
from data_tools.errors import InputError

DATASET_FILE = "dataset.json"
SPLITS = ("train", "validation", "test")
#: Words that people use for each split, apart from letter case and "_set" at the end.
SPLIT_WORDS = {
    "train": ("train", "training", "trainset"),
    "validation": ("validation", "val", "valid", "dev", "devel", "development", "valset"),
    "test": ("test", "testing", "testset"),
}


def split_named(name: str) -> str | None:
    """Return the split that a name means, None for any other name.

    >>> [split_named(name) for name in ("val", "Training", "test_set", "holdout")]
    ['validation', 'train', 'test', None]
    """
    word = re.sub(r"[ _-]set$", "", name.strip().casefold())
    return next((split for split, words in SPLIT_WORDS.items() if word in words), None)


def split_note(names: Mapping[str, str]) -> str | None:
    """Return a line that says which splits have other names, by split; None if none has."""
    read = [f"{name!r} as {split!r}" for split, name in names.items() if name != split]
    return f"read as splits: {', '.join(read)}" if read else None


class CountedImage(Protocol):
    """Fields of an image that a tally reads."""

    path: str
    label: str
    sha256: str
    split: str


@dataclass(frozen=True)
class DatasetInfo:
    """Content of ``dataset.json``.

    Attributes:
      name: name of the data set.
      classes: class names; the position of a name is its label id.
      splits: names of the splits, () if the data set is not split.
      counts: images per split ("" if not split) and class.
      shape: [height, width, channels], each null where the images differ.
      fingerprint: see ``Fingerprint``.
      tool_version: version of the package that wrote the data set.
      arguments: arguments of the command that wrote it, without machine-specific paths.
      bad_images: path and reason of each source image that was skipped on request.
      extra: further entries of the writer (for records: encoding and shard lengths).
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
        return _total(self.counts)

    @property
    def common_shape(self) -> tuple[int, int, int] | None:
        """The shape if all images share it, else None."""
        return None if None in self.shape else self.shape


class Fingerprint:
    """Hash over (path, label, hash of the bytes) of all images, in any order.

    The sum modulo 2**256 of the SHA-256 of each image's triple: it needs no sorted list of all
    images in memory, and equal content gives the same value on every machine.
    """

    def __init__(self) -> None:
        self._sum = 0

    def add(self, path: str, label: str, sha256: str) -> None:
        """Add one image."""
        triple = "\0".join((path, label, sha256)).encode("utf-8", "surrogatepass")
        self._sum += int.from_bytes(hashlib.sha256(triple).digest(), "big")

    def merge(self, other: "Fingerprint") -> None:
        """Add the images of another fingerprint."""
        self._sum += other._sum

    def hexdigest(self) -> str:
        """Return the fingerprint so far, 64 hexadecimal digits."""
        return f"{self._sum % 2**256:064x}"


class Tally:
    """Images per split and class, their common shape and their fingerprint."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self.fingerprint = Fingerprint()
        self.shape: tuple[int | None, ...] | None = None

    def add(self, image: CountedImage, shape: Sequence[int] | None = None) -> None:
        """Count one image of shape [height, width, channels] (None if unknown)."""
        self._count(image.split, image.label, 1)
        self.fingerprint.add(image.path, image.label, image.sha256)
        if shape is not None:
            self._merge_shape(tuple(shape))

    def merge(self, other: "Tally") -> None:
        """Add the images of another tally."""
        for split, by_label in other.counts.items():
            for label, count in by_label.items():
                self._count(split, label, count)
        self.fingerprint.merge(other.fingerprint)
        if other.shape is not None:
            self._merge_shape(other.shape)

    @property
    def num_images(self) -> int:
        """Number of images counted."""
        return _total(self.counts)

    def _count(self, split: str, label: str, count: int) -> None:
        by_label = self.counts.setdefault(split, {})
        by_label[label] = by_label.get(label, 0) + count

    def _merge_shape(self, shape: tuple[int | None, ...]) -> None:
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
    """Return the description of the images in a tally."""
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
    """Write ``dataset.json``."""
    (folder / DATASET_FILE).write_text(json.dumps(asdict(info), indent=2) + "\n", encoding="utf-8")


def read_dataset_info(folder: Path | str) -> DatasetInfo | None:
    """Read the description of a data set; None if the folder has none.

    Raises:
      InputError: ``dataset.json`` is damaged, or was written by a version of this package with
        another format.
    """
    file = Path(folder) / DATASET_FILE
    if not file.is_file():
        return None
    content = None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        info = DatasetInfo(
            **{
                **content,
                "classes": tuple(content["classes"]),
                "splits": tuple(content["splits"]),
                "shape": tuple(content["shape"]),
                "bad_images": tuple(content.get("bad_images", ())),
            }
        )
        _total(info.counts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise unreadable(str(file), DatasetInfo, content, error) from None
    return info


def unreadable(name: str, schema: type, content: object, error: Exception) -> InputError:
    """Return the error for JSON that is damaged, or that another version of this package wrote.

    Args:
      name: name of the file in the message.
      schema: the dataclass that was expected.
      content: the parsed JSON; None if it cannot be parsed.
      error: what was raised; its text is shown if all fields are as expected.
    """
    problems = [str(error) if content is None else "not a JSON object"]
    if isinstance(content, dict):
        known = {one.name for one in fields(schema)}
        required = {
            one.name
            for one in fields(schema)
            if one.default is MISSING and one.default_factory is MISSING
        }
        unknown, missing = sorted(content.keys() - known), sorted(required - content.keys())
        problems = [f"unknown field {key!r}" for key in unknown]
        problems += [f"no field {key!r}" for key in missing]
        problems = problems or [f"{type(error).__name__}: {error}"]
        if (version := content.get("tool_version", __version__)) != __version__:
            problems.append(f"written by version {version}, this is {__version__}")
    return InputError(
        f"{name} is damaged or was written by another version of data_tools "
        f"({'; '.join(problems)}); convert again"
    )


def _total(counts: Mapping[str, Mapping[str, int]]) -> int:
    return sum(sum(by_label.values()) for by_label in counts.values())
