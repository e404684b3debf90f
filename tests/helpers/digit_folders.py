"""Small real and synthetic folders of scikit-learn's digits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from data_tools.formats.images import bytes_sha256, encode_png, pixels_sha256
from data_tools.formats.manifest import ImageRecord, TrainedOnImage, write_manifest
from data_tools.sources import open_source


def digit_images(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels of ``count`` digits per class, starting with its digit ``first``."""
    examples = open_source("sklearn:digits").examples
    selected = []
    for label in range(10):
        members = [example for example in examples if example.label == str(label)]
        selected += members[first : first + count]
    images = np.stack([example.pixels() for example in selected])
    return images, np.array([int(example.label) for example in selected], np.int32)


def write_folder(
    folder: Path,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    origin: str = "real",
    trained_on: np.ndarray | None = None,
    split: str = "",
    groups: Callable[[int], str] | None = None,
) -> Path:
    """Write a labeled folder with a manifest."""
    records = []
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = Path(split) / str(label) / f"{index:04d}.png"
        data = encode_png(image)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        group = groups(index) if groups else None
        records.append(ImageRecord(str(path), str(label), bytes_sha256(data), origin, group, split))
    records_trained_on = [
        TrainedOnImage(bytes_sha256(encode_png(image)), pixels_sha256(image), f"seen/{index}.png")
        for index, image in enumerate(trained_on if trained_on is not None else [])
    ]
    write_manifest(
        folder,
        name=folder.name,
        class_names=[str(label) for label in range(10)],
        records=records,
        arguments={},
        shape=images.shape[1:],
        trained_on=records_trained_on,
    )
    return folder


def noisy(images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the images with noise, as stand-ins for synthetic ones."""
    noise = np.random.default_rng(seed).normal(0, 30, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)
