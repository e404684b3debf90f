"""What a data set is and how it came to be: the provenance of every image.

`manifest.jsonl` holds one line for each image, `dataset.json` describes the whole, and
`trained_on.jsonl` (synthetic data sets only) names the real images that the generator saw.
"""

import json
import os
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data_tools.errors import InputError
from data_tools.formats.dataset_info import DatasetInfo, Tally, info_from_tally, write_dataset_info

MANIFEST_FILE = "manifest.jsonl"
TRAINED_ON_FILE = "trained_on.jsonl"
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
class TrainedOnImage:
    """A real image that a generator was trained on.

    Attributes:
      sha256: of the encoded bytes.
      pixels_sha256: of the decoded pixels.
      path, group: see `ImageRecord`; may be stripped.
      original_sha256: of the file that the image began as, at whatever size; None where it is that
        file or no history tells.
    """

    sha256: str
    pixels_sha256: str
    path: str | None = None
    group: str | None = None
    original_sha256: str | None = None

    @property
    def first_sha256(self) -> str:
        """Equal for all images that were made of one file."""
        return self.original_sha256 or self.sha256

    def anonymized(self) -> "TrainedOnImage":
        """Returns the hashes alone."""
        return replace(self, path=None, group=None)


def write_manifest(
    folder: Path | str,
    *,
    name: str,
    class_names: Sequence[str],
    records: Iterable[ImageRecord],
    arguments: Mapping[str, Any],
    shape: Sequence[int] | None = None,
    trained_on: Iterable[TrainedOnImage] = (),
) -> DatasetInfo:
    """Writes manifest and info of the images that stand in a folder already.

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
    tally = Tally()
    with open(folder / MANIFEST_FILE, "w", encoding="utf-8") as manifest:
        for record in records:
            tally.add(record, shape)
            manifest.write(record.to_json() + "\n")
    info = info_from_tally(tally, name=name, class_names=class_names, arguments=arguments)
    write_dataset_info(folder, info)
    write_trained_on(folder, trained_on)
    return info


class Manifest(Sequence):
    """The records of a manifest, each parsed when it is asked for.

    A list of 60,000 parsed records takes 60 MB; this takes half of one.
    """

    def __init__(self, file: Path, visit: Callable[[ImageRecord], None] | None = None):
        """Checks every line once and remembers where it begins.

        Args:
          file: the manifest.
          visit: called with each record on the way.

        Raises:
          InputError: if a line is not a record.
        """
        self._file = str(file)
        offsets = array("q", [0])
        with open(file, "rb") as lines:
            for number, line in enumerate(lines, 1):
                record = _record(line, f"{file}, line {number}")
                if visit is not None:
                    visit(record)
                offsets.append(offsets[-1] + len(line))
        self._offsets = offsets
        self._descriptor: int | None = None

    def __len__(self) -> int:
        """Returns the number of images."""
        return len(self._offsets) - 1

    def __getitem__(self, index: int) -> ImageRecord:
        """Returns one record."""
        index = range(len(self))[index]
        if self._descriptor is None:
            self._descriptor = os.open(self._file, os.O_RDONLY)
        start = self._offsets[index]
        line = os.pread(self._descriptor, self._offsets[index + 1] - start, start)
        return _record(line, self._file)

    def __getstate__(self) -> dict:
        """Leaves the open file out; each process opens its own."""
        return {**self.__dict__, "_descriptor": None}

    def __del__(self) -> None:
        """Closes the file."""
        if getattr(self, "_descriptor", None) is not None:
            os.close(self._descriptor)


def read_manifest(
    folder: Path | str, visit: Callable[[ImageRecord], None] | None = None
) -> Manifest:
    """Returns the records of a data set in the order of its manifest.

    Args:
      folder: root of the data set.
      visit: called with each record while the lines are checked.

    Raises:
      InputError: if a line is not a record.
      FileNotFoundError: if the folder has no manifest.
    """
    return Manifest(Path(folder) / MANIFEST_FILE, visit)


def _record(line: bytes, where: str) -> ImageRecord:
    try:
        fields = json.loads(line)
        fields["history"] = tuple(fields.get("history", ()))
        return ImageRecord(**fields)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(f"{where} is damaged ({error}); convert again") from None


def write_trained_on(folder: Path | str, images: Iterable[TrainedOnImage]) -> None:
    """Writes `trained_on.jsonl`, one line for each distinct image; no file when there is none."""
    lines = {}
    for image in images:
        fields = {key: value for key, value in asdict(image).items() if value is not None}
        lines[json.dumps(fields)] = None
    if lines:
        (Path(folder) / TRAINED_ON_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_trained_on(folder: Path | str) -> list[TrainedOnImage]:
    """Returns the real images that a synthetic data set's generator saw, [] without the file."""
    file = Path(folder) / TRAINED_ON_FILE
    if not file.exists():
        return []
    images = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            images.append(TrainedOnImage(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise InputError(f"{file}, line {number} is damaged ({error})") from None
    return images
