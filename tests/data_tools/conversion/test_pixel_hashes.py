"""The hash of an image's pixels in the manifest, however the image is stored."""

import hashlib
import io
import json

import numpy as np
import pytest
from image_folders import convert, encoded, jpeg, labeled_folder, random_image, tree, write_files
from PIL import Image

from data_tools.formats.dataset_info import read_dataset_info
from data_tools.formats.images import encode_png
from data_tools.formats.manifest import read_manifest
from data_tools.sources import open_source

# 257 levels of 65,536 become one of 256: 128 / 257 = 0.498 and 129 / 257 = 0.502.
DEEP, DEEP_AS_UINT8 = [[0, 128, 129], [771, 65278, 65535]], [[0, 0, 1], [3, 254, 255]]


def sha256_of(pixels):
    """Hash pixels uint8 [height, width, channels] by the definition in words."""
    height, width, channels = pixels.shape
    assert pixels.dtype == np.uint8
    values = bytes(pixels.ravel().tolist())
    return hashlib.sha256(f"uint8[{height}, {width}, {channels}]".encode() + values).hexdigest()


def pillow_pixels(data, mode):
    with Image.open(io.BytesIO(data)) as picture:
        array = np.asarray(picture.convert(mode))
    return array if array.ndim == 3 else array[..., np.newaxis]


def rotated_jpeg():
    exif = Image.Exif()
    exif[0x0112] = 6  # To be shown turned clockwise.
    return jpeg(6, exif=exif)


def palette_png(**options):
    return encoded(Image.fromarray(random_image(4)).quantize(16), "PNG", **options)


#: Bytes of each kind of image, and its pixels, uint8 [height, width, channels].
KINDS = {
    "png": (encode_png(random_image(1)), random_image(1)),
    "gray png": (encode_png(random_image(2, channels=1)), random_image(2, channels=1)),
    "rgba png": (encode_png(random_image(3, channels=4)), random_image(3, channels=4)),
    "jpeg": (jpeg(5), pillow_pixels(jpeg(5), "RGB")),
    "rotated jpeg": (rotated_jpeg(), np.rot90(pillow_pixels(rotated_jpeg(), "RGB"), -1)),
    "palette": (palette_png(), pillow_pixels(palette_png(), "RGB")),
    "transparent": (
        palette_png(transparency=3),
        pillow_pixels(palette_png(transparency=3), "RGBA"),
    ),
    "16-bit gray": (
        encode_png(np.array(DEEP, np.uint16)[..., np.newaxis]),
        np.array(DEEP_AS_UINT8, np.uint8)[..., np.newaxis],
    ),
}
STORAGES = {
    "folder": ("idx_to_images",),
    "anonymous folder": ("idx_to_images", "--strip_metadata"),
    "kept": ("convert_to_tfrecords", "--encoding=keep"),
    "png": ("convert_to_tfrecords", "--encoding=png"),
    "raw": ("convert_to_tfrecords", "--encoding=raw"),
}


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_has_the_hash_of_the_pixels(kind, storage, tmp_path):
    data, pixels = KINDS[kind]
    suffix = ".jpg" if "jpeg" in kind else ".png"
    root = write_files(tmp_path / "in", {f"a/image{suffix}": data})
    dest = convert(STORAGES[storage][0], root, tmp_path / "out", *STORAGES[storage][1:])
    (example,) = open_source(dest).examples
    np.testing.assert_array_equal(example.pixels(), pixels)
    assert example.pixels_sha256 == sha256_of(pixels)


def test_a_changed_mode_is_hashed_as_stored(tmp_path):
    root = write_files(tmp_path / "in", {"a/image.png": encode_png(random_image(1))})
    dest = convert("convert_to_tfrecords", root, tmp_path / "out", "--mode=L")
    expected = pillow_pixels(encode_png(random_image(1)), "L")
    assert open_source(dest).examples[0].pixels_sha256 == sha256_of(expected)


def test_every_tile_has_the_hash_of_its_own_pixels(tmp_path):
    root = labeled_folder(tmp_path / "in", {"a": 1}, channels=3)
    dest = convert("crop_images", root, tmp_path / "out", "--height=4", "--width=3")
    lines = read_manifest(dest)
    # 8 x 6 pixels are two by two tiles of 4 x 3.
    assert len({line.pixels_sha256 for line in lines}) == 4
    for line in lines:
        data = (dest / line.path).read_bytes()
        assert line.pixels_sha256 == sha256_of(pillow_pixels(data, "RGB"))


@pytest.mark.parametrize("op", ["idx_to_images", "convert_to_tfrecords"])
def test_a_manifest_without_the_hash_stays_readable(op, tmp_path):
    """So do its images, and an operation on it records the hash."""
    dest = convert(op, labeled_folder(tmp_path / "in", {"a": 2}), tmp_path / "out")
    (manifest,) = dest.rglob("manifest.jsonl")
    recorded = [line.pixels_sha256 for line in read_manifest(manifest.parent)]
    info = read_dataset_info(manifest.parent)
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    for line in lines:
        del line["pixels_sha256"]
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    source = open_source(dest)
    assert [one.pixels_sha256 for one in source.examples] == [None, None]
    assert [sha256_of(one.pixels()) for one in source.examples] == recorded
    # The fingerprint is over path, label and bytes only.
    assert source.fingerprint == info.fingerprint
    # A line without the hash is written without it.
    assert [json.loads(line.to_json()) for line in read_manifest(manifest.parent)] == lines
    copy = convert("slice_dataset", dest, tmp_path / "copy", "--size=2")
    assert sorted(line.pixels_sha256 for line in read_manifest(copy)) == sorted(recorded)


def test_a_wrong_hash_of_the_source_is_not_carried_over(tmp_path):
    source = convert("idx_to_images", labeled_folder(tmp_path / "in", {"a": 1}), tmp_path / "one")
    right = read_manifest(source)[0].pixels_sha256
    manifest = source / "manifest.jsonl"
    manifest.write_text(manifest.read_text().replace(right, "0" * 64))
    before = tree(source)
    copy = convert("idx_to_images", source, tmp_path / "two")
    assert read_manifest(copy)[0].pixels_sha256 == right
    assert tree(source) == before
