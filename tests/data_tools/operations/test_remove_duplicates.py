"""Duplicates by bytes, pixels and perceptual hash, and which one is kept."""

import numpy as np
from image_folders import (
    convert,
    encoded,
    paths,
    random_image,
    write_files,
)
from PIL import Image

from data_tools.checks.image_stats import compute_stats
from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.sources import open_source


def test_duplicates_by_bytes_pixels_and_perceptual_hash(tmp_path, capsys):
    rng = np.random.default_rng(0)
    smooth = rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    photo = np.asarray(Image.fromarray(smooth).resize((64, 64), Image.Resampling.BICUBIC))
    lighter = np.minimum(photo.astype(int) + 2, 255).astype(np.uint8)
    other = np.asarray(
        Image.fromarray(smooth[::-1, ::-1].copy()).resize((64, 64), Image.Resampling.BICUBIC)
    )
    files = {
        "a/0.png": encode_png(photo),
        "a/1.png": encode_png(photo),
        "b/2.png": encoded(Image.fromarray(photo), "PNG", compress_level=1),
        "b/3.png": encode_png(lighter),
        "b/4.png": encode_png(other),
    }
    root = write_files(tmp_path / "in", files)
    left = {
        by: paths(convert("remove_duplicates", root, tmp_path / by, f"--by={by}"))
        for by in ("bytes", "pixels", "near")
    }
    assert left["bytes"] == ["a/0.png", "b/2.png", "b/3.png", "b/4.png"]
    assert left["pixels"] == ["a/0.png", "b/3.png", "b/4.png"]
    assert left["near"] == ["a/0.png", "b/4.png"]
    assert "1 of them had a different label" in capsys.readouterr().out
    removed = read_dataset_info(tmp_path / "pixels").extra["removed"]
    assert removed == [
        {"path": "a/1.png", "equals": "a/0.png"},
        {"path": "b/2.png", "equals": "a/0.png"},
    ]


def test_images_also_in_test_are_removed_from_train(tmp_path):
    image, other = encode_png(random_image(1)), encode_png(random_image(2))
    files = {
        "train/a/0.png": image,
        "train/a/1.png": other,
        "test/a/0.png": image,
        "test/a/1.png": image,
    }
    root = write_files(tmp_path / "in", files)
    out = convert("remove_duplicates", root, tmp_path / "out")
    assert paths(out) == ["test/a/0.png", "test/a/1.png", "train/a/1.png"]


def test_near_duplicates_of_test_images_are_removed_from_train(tmp_path):
    """Three images in a chain of near-duplicates: the last is near only the second."""
    smooth = np.asarray(Image.fromarray(random_image(3, 8, 8)).resize((64, 64)))
    noise = random_image(4, 64, 64).astype(float)
    shares = (0.0, 0.3, 0.5)
    alike = [np.rint((1 - share) * smooth + share * noise).astype(np.uint8) for share in shares]
    names = ("test/a/first.png", "test/a/second.png", "train/a/third.png", "train/a/other.png")
    images = (*alike, random_image(9, 64, 64))
    root = write_files(tmp_path / "in", dict(zip(names, map(encode_png, images), strict=True)))
    hashes = {one.path: compute_stats(one).perceptual_hash for one in open_source(root).examples}
    first, second, third, _ = (hashes[name] for name in names)
    pairs = ((first, second), (second, third), (first, third))
    assert [(one ^ other).bit_count() for one, other in pairs] == [2, 2, 4]
    out = convert("remove_duplicates", root, tmp_path / "out", "--by=near", "--distance=2")
    assert paths(out) == sorted({*names} - {"train/a/third.png"})
