"""A folder of MNIST's idx files, gzipped or not, with splits train and test.

Format: http://yann.lecun.com/exdb/mnist (two zero bytes, the type, the number of dimensions, each
dimension as big-endian uint32, then the values).
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from data_tools.errors import InputError
from data_tools.formats.manifest import REAL
from data_tools.sources.source import ArrayLoader, Example, Source

_PREFIXES = {"train": "train", "test": "t10k"}
_DIMENSIONS = {"images": 3, "labels": 1}
_UNSIGNED_BYTE = 0x08
_MAX_BYTES = 2**31


def matches(spec: str, path: Path | None) -> bool:
    """Return whether the folder has idx images or labels of any split."""
    return path is not None and any(
        _find(path, split, content) for split in _PREFIXES for content in _DIMENSIONS
    )


def open_spec(spec: str, folder: Path, unlabeled: bool) -> Source:
    """Open the idx files; the class names are the numbers of the labels.

    Raises:
      InputError: a file is missing or damaged, or images and labels do not match.
    """
    examples = []
    label_ids: set[int] = set()
    splits = []
    for split in _PREFIXES:
        images_file, labels_file = (_find(folder, split, content) for content in _DIMENSIONS)
        if images_file is None and labels_file is None:
            continue
        if labels_file is None:
            raise _missing(images_file, split, "labels")
        if images_file is None:
            raise _missing(labels_file, split, "images")
        images, labels = read_idx(images_file), read_idx(labels_file)
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise InputError(
                f"{images_file} of shape {list(images.shape)} does not match "
                f"{labels_file} of shape {list(labels.shape)}"
            )
        splits.append(split)
        label_ids |= set(labels.tolist())
        examples += [
            Example(f"{split}/{label}/{index:05d}.png", str(label), split, None, REAL, load)
            for index, (label, load) in enumerate(
                zip(labels.tolist(), map(ArrayLoader, images), strict=True)
            )
        ]
    names = tuple(str(label) for label in sorted(label_ids))
    return Source(spec, folder.resolve().name, names, tuple(splits), examples, folder=folder)


def read_idx(file: Path) -> np.ndarray:
    """Read the uint8 array in an idx file.

    Raises:
      InputError: the file is truncated, damaged or of another type.
    """
    try:
        with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as stream:
            data = stream.read(_MAX_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{file} is damaged or truncated ({error}); download it again") from None
    if len(data) < 4 or data[:2] != b"\0\0":
        raise InputError(f"{file} is not an idx file")
    if data[2] != _UNSIGNED_BYTE:
        raise InputError(
            f"{file} has values of type 0x{data[2]:02x}; only bytes (0x08) are supported"
        )
    num_dimensions = data[3]
    header_size = 4 + 4 * num_dimensions
    if not num_dimensions or len(data) < header_size:
        raise InputError(f"{file} is damaged: its header is truncated")
    shape = [int(n) for n in np.frombuffer(data, ">u4", num_dimensions, offset=4)]
    expected = 1
    for size in shape:
        expected *= size
    if 0 in shape or len(data) - header_size != expected:
        raise InputError(
            f"{file} is damaged: {shape} requires {expected} values, "
            f"it has {len(data) - header_size}; download it again"
        )
    return np.frombuffer(data, np.uint8, offset=header_size).reshape(shape)


def _find(folder: Path, split: str, content: str) -> Path | None:
    for separator in "-.":
        for suffix in ("", ".gz"):
            file = folder / (_file_name(split, content, separator) + suffix)
            if file.is_file():
                return file
    return None


def _file_name(split: str, content: str, separator: str = "-") -> str:
    return f"{_PREFIXES[split]}-{content}{separator}idx{_DIMENSIONS[content]}-ubyte"


def _missing(file: Path, split: str, content: str) -> InputError:
    return InputError(
        f"{file} is there, but the {content} of the same split are not; "
        f"add {_file_name(split, content)} or {_file_name(split, content)}.gz"
    )
