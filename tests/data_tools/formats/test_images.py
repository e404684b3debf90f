"""Decoding, encoding, hashing and stripping of single images."""

import io

import numpy as np
import pytest
from bad_images import BAD, bomb
from image_folders import encoded, jpeg, random_image
from PIL import Image

from data_tools.errors import InputError
from data_tools.formats.images import decode, decode_image, encode_png, pixels_sha256
from data_tools.formats.pixel_modes import MODES, convert_mode, mode_of
from data_tools.formats.strip_metadata import strip_metadata

ROTATED_CLOCKWISE = 6
ORIENTATION = 0x0112


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


@pytest.mark.parametrize("mode", MODES)
def test_png_preserves_every_mode(mode):
    array = random_image(1, channels=MODES[mode])
    if mode == "I;16":
        array = array.astype(np.uint16) * 257
        array[0, 0] = 256
    image = decode_image(encode_png(array), "x")
    np.testing.assert_array_equal(image.array, array)
    assert image.array.dtype == array.dtype
    assert (image.mode, image.verbatim) == (mode, True)
    assert mode_of(image.array) == mode


def test_a_jpeg_with_exif_orientation_is_rotated_and_not_verbatim():
    # Left half black, right half white; "rotate by 90 clockwise" puts the black half on top.
    array = np.zeros((16, 32, 3), np.uint8)
    array[:, 16:] = 255
    data = encoded(Image.fromarray(array), "JPEG", exif=with_orientation(ROTATED_CLOCKWISE))
    image = decode_image(data, "x")
    assert image.array.shape == (32, 16, 3)
    assert image.array[:12].max() < 20
    assert image.array[20:].min() > 235
    assert not image.verbatim
    assert decode_image(encoded(Image.fromarray(array), "JPEG"), "x").verbatim


def test_exif_after_the_pixels_of_a_png_is_applied():
    array = random_image(2, 4, 8)
    data = encoded(Image.fromarray(array), "PNG", exif=with_orientation(ROTATED_CLOCKWISE))
    begin = data.index(b"eXIf") - 4
    end = begin + 12 + int.from_bytes(data[begin : begin + 4], "big")
    moved = data[:begin] + data[end:-12] + data[begin:end] + data[-12:]
    image = decode_image(moved, "x")
    # numpy.rot90 turns counterclockwise; three times is once clockwise.
    np.testing.assert_array_equal(image.array, np.rot90(array, 3))
    assert not image.verbatim


def test_cmyk_becomes_rgb():
    # No cyan, full magenta, full yellow, no black is red.
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    array = decode(encoded(image, "JPEG", quality=100), "x")
    assert array.shape == (8, 8, 3)
    assert np.abs(array.astype(int) - (255, 0, 0)).max() < 12


def test_bilevel_becomes_gray_0_and_255():
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    decoded = decode_image(encoded(image, "PNG"), "x")
    assert decoded.array.ravel().tolist() == [0, 255]
    assert (decoded.mode, decoded.verbatim) == ("L", False)


def test_a_palette_becomes_rgb_or_rgba():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert decode(encoded(image, "PNG"), "x").tolist() == [[[10, 20, 30], [40, 50, 60]]]
    transparent = decode(encoded(image, "PNG", transparency=1), "x")
    assert transparent.tolist() == [[[10, 20, 30, 255], [40, 50, 60, 0]]]


def test_gray_with_one_transparent_level_becomes_rgba():
    image = Image.fromarray(np.array([[7, 9]], np.uint8))
    array = decode(encoded(image, "PNG", transparency=9), "x")
    assert array.tolist() == [[[7, 7, 7, 255], [9, 9, 9, 0]]]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_image_is_named_in_one_line(kind):
    data, reason = BAD[kind]
    with pytest.raises(InputError) as raised:
        decode(data, "3/odd\nname.png")
    message = str(raised.value)
    assert message.startswith(r"'3/odd\nname.png' ")
    assert reason in message
    assert "\n" not in message


def test_verify_of_pillow_accepts_a_truncated_jpeg():
    with Image.open(io.BytesIO(BAD["truncated JPEG"][0])) as image:
        image.verify()


def test_a_decompression_bomb_is_refused_before_decoding():
    with pytest.raises(InputError, match="more than 89478485 pixels"):
        decode(bomb(), "x.png")


def test_a_bomb_that_pillow_only_warns_about_is_refused():
    # 12,000 squared is 144 million; up to 179 million Pillow only warns.
    data = encoded(Image.new("1", (12_000, 12_000)), "PNG")
    with pytest.raises(InputError, match="more than 89478485 pixels"):
        decode(data, "x.png")


def test_mode_conversions():
    gray = np.array([[[0], [255]]], np.uint8)
    assert convert_mode(gray, "RGB").tolist() == [[[0, 0, 0], [255, 255, 255]]]
    assert convert_mode(gray, "I;16").ravel().tolist() == [0, 65535]
    # Fully transparent becomes white; opaque stays.
    rgba = np.array([[[9, 9, 9, 0], [9, 9, 9, 255]]], np.uint8)
    assert convert_mode(rgba, "RGB").tolist() == [[[255, 255, 255], [9, 9, 9]]]


def test_the_pixel_hash_depends_on_pixels_shape_and_type_but_not_the_encoding():
    array = random_image(5, 4, 6)
    fast = encoded(Image.fromarray(array), "PNG", compress_level=1)
    small = encoded(Image.fromarray(array), "PNG", compress_level=9)
    assert fast != small
    assert pixels_sha256(decode(fast, "x")) == pixels_sha256(decode(small, "x"))
    assert pixels_sha256(array) != pixels_sha256(array.reshape(6, 4, 3))
    assert pixels_sha256(array[..., :1]) != pixels_sha256(array[..., :1].astype(np.uint16))


def test_stripping_a_jpeg_keeps_its_pixels_and_removes_personal_data():
    exif = Image.Exif()
    exif[0x010F] = "Camera of Jane"
    exif.get_ifd(0x8825)[1] = "N"
    for options in ({}, {"progressive": True}, {"restart_marker_rows": 1}):
        data = jpeg(3, 48, 48, exif=exif, comment=b"in the garden", **options)
        assert b"Jane" in data
        stripped = strip_metadata(data, decode_image(data, "x"))
        assert b"Jane" not in stripped
        assert b"garden" not in stripped
        assert b"Exif" not in stripped
        np.testing.assert_array_equal(decode(stripped, "x"), decode(data, "x"))


def test_stripping_removes_data_after_the_end_of_a_jpeg():
    data = jpeg(4) + jpeg(5, comment=b"preview")
    stripped = strip_metadata(data, decode_image(data, "x"))
    assert b"preview" not in stripped
    np.testing.assert_array_equal(decode(stripped, "x"), decode(jpeg(4), "x"))


def test_stripping_a_png_keeps_its_pixels_and_removes_text():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "Jane")
    info.add_itxt("Title", "Jane")
    array = random_image(6)
    data = encoded(Image.fromarray(array), "PNG", pnginfo=info, icc_profile=b"profile of Jane")
    stripped = strip_metadata(data, decode_image(data, "x"))
    assert b"Jane" in data
    assert b"Jane" not in stripped
    np.testing.assert_array_equal(decode(stripped, "x"), array)


def test_stripping_a_jpeg_with_exif_orientation_rotates_its_pixels():
    data = jpeg(7, 8, 16, exif=with_orientation(ROTATED_CLOCKWISE))
    image = decode_image(data, "x")
    stripped = decode_image(strip_metadata(data, image), "x")
    np.testing.assert_array_equal(stripped.array, image.array)
    assert stripped.verbatim
