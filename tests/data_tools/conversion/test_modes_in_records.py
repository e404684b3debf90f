"""Every pixel mode of records, read back by data_tools and by TensorFlow."""

import numpy as np
import pytest
from image_folders import convert, encoded, jpeg, random_image, write_files
from PIL import Image

from data_tools.__main__ import main
from data_tools.formats.images import decode, encode_png
from data_tools.formats.pixel_modes import MODES
from data_tools.sources import open_source


def mode_files(mode):
    """Return images that decode to a mode; some of them cannot be stored unchanged."""
    png = encode_png
    if mode == "L":
        bilevel = Image.fromarray(random_image(1, channels=1)[..., 0] > 127)
        return {
            "a/gray.png": png(random_image(2, channels=1)),
            "a/bilevel.png": encoded(bilevel, "PNG"),
            "a/gray.jpg": encoded(Image.fromarray(random_image(3, channels=1)[..., 0]), "JPEG"),
        }
    if mode == "RGB":
        exif = Image.Exif()
        exif[0x0112] = 6
        picture = Image.fromarray(random_image(4))
        return {
            "a/rgb.png": png(random_image(5)),
            "a/rotated.jpg": jpeg(6, exif=exif),
            "a/cmyk.jpg": encoded(picture.convert("CMYK"), "JPEG"),
            "a/palette.gif": encoded(picture.quantize(16), "GIF"),
            "a/photo.webp": encoded(picture, "WEBP"),
            "a/photo.tif": encoded(picture, "TIFF"),
        }
    if mode == "RGBA":
        palette = Image.fromarray(random_image(7)).quantize(16)
        return {
            "a/rgba.png": png(random_image(8, channels=4)),
            "a/palette.png": encoded(palette, "PNG", transparency=3),
        }
    deep = random_image(9, channels=1).astype(np.uint16) * 200
    return {
        "a/deep.png": png(deep),
        "a/deep.tif": encoded(Image.fromarray(deep[..., 0]), "TIFF"),
    }


@pytest.mark.parametrize("encoding", ["keep", "png", "raw"])
@pytest.mark.parametrize("mode", MODES)
def test_pixels_round_trip_in_every_mode(mode, encoding, tmp_path):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    files = mode_files(mode)
    if encoding == "raw":
        files = {path: data for path, data in files.items() if "rotated" not in path}
    root = write_files(tmp_path / "in", files)
    dest = convert("convert_to_tfrecords", root, tmp_path / "out", f"--encoding={encoding}")
    expected = {path: decode(data, path) for path, data in files.items()}
    source = open_source(dest)
    for example in source.examples:
        np.testing.assert_array_equal(decode(example.read(), "x"), expected[example.path])
    assert main(["verify", str(dest), "--workers=1"]) == 0
    builder = tfds.builder_from_directory(str(dest / "1.0.0"))
    for row in tfds.as_numpy(builder.as_dataset(split="train")):
        path = row["filename"].decode()
        if path.endswith(".jpg") and encoding == "keep" and row["image"].ndim == 3:
            # TensorFlow decodes JPEG itself; the reference is its decoding of the unchanged bytes.
            if source_bytes_are_kept(source, path, files[path]):
                channels = row["image"].shape[2]
                want = tf.io.decode_image(files[path], channels=channels).numpy()
                np.testing.assert_array_equal(row["image"], want)
                continue
        np.testing.assert_array_equal(row["image"], expected[path])
        assert row["image"].dtype == expected[path].dtype


def source_bytes_are_kept(source, path, data):
    return next(one for one in source.examples if one.path == path).read() == data


def test_bytes_are_kept_if_every_reader_decodes_the_same_pixels(tmp_path):
    files = mode_files("RGB")
    root = write_files(tmp_path / "in", files)
    source = open_source(convert("convert_to_tfrecords", root, tmp_path / "out"))
    kept = {path for path, data in files.items() if source_bytes_are_kept(source, path, data)}
    assert kept == {"a/rgb.png"}
    plain = write_files(tmp_path / "plain", {"a/photo.jpg": jpeg(1)})
    source = open_source(convert("convert_to_tfrecords", plain, tmp_path / "kept"))
    assert source_bytes_are_kept(source, "a/photo.jpg", jpeg(1))
