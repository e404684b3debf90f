"""Small image folders for the tests of data_tools."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from data_tools.__main__ import main
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest


def random_image(seed: int, height: int = 8, width: int = 6, channels: int = 3) -> np.ndarray:
    """Return random pixels, uint8 [height, width, channels]."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels))
    return values.astype(np.uint8)


def encoded(image: Image.Image, file_format: str, **options) -> bytes:
    """Return the bytes of a Pillow image in a file format."""
    buffer = io.BytesIO()
    image.save(buffer, format=file_format, **options)
    return buffer.getvalue()


def jpeg(seed: int, height: int = 8, width: int = 6, **options) -> bytes:
    """Return an RGB JPEG."""
    return encoded(Image.fromarray(random_image(seed, height, width)), "JPEG", **options)


def write_files(root: Path, files: dict[str, bytes]) -> Path:
    """Write files by relative path and return the root."""
    for path, data in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


def labeled_folder(root: Path, sizes: dict[str, int], channels: int = 1) -> Path:
    """Write a number of PNGs for each label (or split/label) and return the root."""
    files = {}
    for label, size in sizes.items():
        for number in range(size):
            seed = int.from_bytes(hashlib.sha256(f"{label}/{number}".encode()).digest()[:4], "big")
            files[f"{label}/{number:03d}.png"] = encode_png(random_image(seed, channels=channels))
    return write_files(root, files)


def idx_bytes(array: np.ndarray, compressed: bool = True) -> bytes:
    """Return uint8 values in MNIST's idx format."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    data = header + array.tobytes()
    return gzip.compress(data, mtime=0) if compressed else data


def write_csv(file: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write a table and return its file."""
    with open(file, "w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return file


def tree(root: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by relative path."""
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


def paths(folder: Path) -> list[str]:
    """Return the paths that a data set's manifest lists, sorted."""
    return sorted(record.path for record in read_manifest(folder))


def run(op: str, source, dest: Path, *flags: str) -> int:
    """Run a conversion in this process and return its exit code."""
    return main(["convert", f"--op={op}", f"--data_dir={source}", f"--dest={dest}", *flags])


def convert(op: str, source, dest: Path, *flags: str) -> Path:
    """Run a conversion in this process, which must succeed, and return the destination."""
    assert run(op, source, dest, "--workers=1", *flags) == 0
    return dest
