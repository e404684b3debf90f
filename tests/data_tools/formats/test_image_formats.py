"""File formats: what is read, with which pixels, and what is refused for which reason."""

import io
import struct

import numpy as np
import pytest
from image_folders import convert, encoded, random_image, tree, write_files
from PIL import Image, features

from data_tools.errors import InputError
from data_tools.formats.images import decode, decode_image
from data_tools.formats.pixel_modes import to_uint8
from data_tools.formats.strip_metadata import strip_metadata
from data_tools.sources import open_source

needs_avif = pytest.mark.skipif(
    "avif" not in features.modules or not features.check("avif"), reason="Pillow without AVIF"
)
needs_jpeg_2000 = pytest.mark.skipif(
    not features.check("jpg_2000"), reason="Pillow without JPEG 2000"
)


def pnm(kind: str, largest: int, values, width: int) -> bytes:
    """Return a binary PGM (P5) or PPM (P6) of one row."""
    dtype = "u1" if largest < 256 else ">u2"
    header = f"{kind}\n{width} 1\n{largest}\n".encode()
    return header + np.array(values).astype(dtype).tobytes()


def bmp_of_16_bits_per_pixel(*pixels: int) -> bytes:
    """Return a BMP of one row whose pixels have 5, 6 and 5 bits of red, green and blue."""
    data = struct.pack(f"<{len(pixels)}H", *pixels)
    masks = struct.pack("<3I", 0xF800, 0x07E0, 0x001F)
    by_masks = 3
    sizes = (40, len(pixels), 1, 1, 16, by_masks, len(data), 0, 0, 0, 0)
    header = struct.pack("<IiiHHIIiiII", *sizes) + masks
    begin = 14 + len(header)
    return struct.pack("<2sIHHI", b"BM", begin + len(data), 0, 0, begin) + header + data


def jpeg_2000(array: np.ndarray, *, is_bare: bool) -> bytes:
    """Return a lossless JPEG 2000, in its container or as a bare codestream."""
    return encoded(Image.fromarray(array), "JPEG2000", no_jp2=is_bare)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "TIFF", "BMP", "PPM"])
def test_other_formats_are_read_but_not_verbatim(file_format):
    options = {"lossless": True} if file_format == "WEBP" else {}
    array = np.full((4, 4, 3), 120, np.uint8)
    image = decode_image(encoded(Image.fromarray(array), file_format, **options), "x")
    np.testing.assert_array_equal(image.array, array)
    assert not image.verbatim


def test_16_bit_gray_tiffs_of_both_byte_orders_are_read():
    array = np.array([[0, 1, 256, 65535]], np.uint16)
    for order in ("<", ">"):
        image = Image.frombytes(
            "I;16B" if order == ">" else "I;16", (4, 1), array.astype(f"{order}u2").tobytes()
        )
        decoded = decode(encoded(image, "TIFF"), "x")
        assert decoded.dtype == np.uint16
        assert decoded.ravel().tolist() == [0, 1, 256, 65535]
    # 256 / 257 rounds to 1.
    assert to_uint8(decoded).ravel().tolist() == [0, 0, 1, 255]


def test_a_pgm_of_more_than_8_bits_is_16_bit_gray_up_to_its_own_largest_value():
    image = decode_image(pnm("P5", 65535, [0, 1, 256, 65535], 4), "x.pgm")
    assert (image.mode, image.array.dtype, image.verbatim) == ("I;16", np.uint16, False)
    assert image.array.ravel().tolist() == [0, 1, 256, 65535]
    plain = b"P2\n4 1\n65535\n0 1 256 65535\n"
    np.testing.assert_array_equal(decode(plain, "x.pgm"), image.array)
    # A PGM says which value is white: 1365 / 4095 is a third, and a third of 65535 is 21845.
    twelve_bits = decode(pnm("P5", 4095, [0, 1365, 4095], 3), "x.pgm")
    assert twelve_bits.ravel().tolist() == [0, 21845, 65535]


def test_a_bmp_of_5_6_and_5_bits_becomes_rgb():
    # Full red, full green, full blue, and half of each: 15 / 31, 31 / 63 and 15 / 31 of 255.
    half = 15 << 11 | 31 << 5 | 15
    array = decode(bmp_of_16_bits_per_pixel(0xF800, 0x07E0, 0x001F, half), "x.bmp")
    assert array[0, :3].tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert np.abs(array[0, 3] - np.array([15, 31, 15]) / [31, 63, 31] * 255).max() < 1


@needs_jpeg_2000
@pytest.mark.parametrize("is_bare", [False, True])
def test_jpeg_2000_is_read_without_loss(is_bare):
    for array in (random_image(1, 16, 16), random_image(2, 16, 16, 4)):
        image = decode_image(jpeg_2000(array, is_bare=is_bare), "x.jp2")
        np.testing.assert_array_equal(image.array, array)
        assert not image.verbatim
    deep = random_image(3, 16, 16, 1)[..., 0].astype(np.uint16) * 251
    image = decode_image(jpeg_2000(deep, is_bare=is_bare), "x.jp2")
    assert image.mode == "I;16"
    np.testing.assert_array_equal(image.array[..., 0], deep)


@needs_avif
def test_avif_is_read_upright():
    # Left half dark, right half light; "rotate by 90 clockwise" puts the dark half on top.
    array = np.full((16, 32, 3), 20, np.uint8)
    array[:, 16:] = 230
    exif = Image.Exif()
    exif[0x0112] = 6
    for options, axis in (({}, 1), ({"exif": exif}, 0)):
        image = decode_image(encoded(Image.fromarray(array), "AVIF", **options), "x.avif")
        dark, light = np.split(image.array.astype(int), 2, axis=axis)
        assert np.abs(dark - 20).max() < 8
        assert np.abs(light - 230).max() < 8
        assert not image.verbatim


@needs_avif
def test_an_animated_avif_is_refused():
    frames = [Image.fromarray(random_image(seed)) for seed in range(2)]
    data = encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="'x.avif' has 2 frames; keep one"):
        decode(data, "x.avif")


@needs_avif
@needs_jpeg_2000
def test_avif_and_jpeg_2000_become_png_where_others_do(tmp_path):
    picture = Image.fromarray(random_image(4, 16, 16))
    files = {
        "a/photo.avif": encoded(picture, "AVIF"),
        "a/photo.jp2": encoded(picture, "JPEG2000"),
        "a/scan.pgm": pnm("P5", 65535, range(4), 4),
    }
    root = write_files(tmp_path / "in", files)
    folder = convert("tfrecords_to_images", root, tmp_path / "folder")
    assert {path: tree(folder)[path] for path in files} == files  # Copied as they are.
    photos = write_files(tmp_path / "photos", {k: v for k, v in files.items() if "photo" in k})
    records = convert("convert_to_tfrecords", photos, tmp_path / "records")
    for example in open_source(records).examples:
        stored = decode_image(example.read(), "x")
        assert stored.format == "PNG"
        np.testing.assert_array_equal(stored.array, decode(files[example.path], "x"))
    for path, data in files.items():
        image = decode_image(data, path)
        stripped = decode_image(strip_metadata(data, image), path)
        assert stripped.format == "PNG"
        np.testing.assert_array_equal(stripped.array, image.array)


def jpeg_2000_of_12_bits() -> bytes:
    """Return a JPEG 2000 whose header states 12 bits per channel."""
    data = bytearray(jpeg_2000(random_image(5, 16, 16), is_bare=True))
    for channel in range(3):
        data[42 + 3 * channel] = 11
    return bytes(data)


def signed_tiff() -> bytes:
    """Return a TIFF of one pixel with 16 bits and a sign."""
    values = {256: 1, 257: 1, 258: 16, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 2, 339: 2}
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in values.items())
    # Two bytes of pixels after the header of eight.
    directory = struct.pack("<H", len(values)) + entries + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 10) + struct.pack("<h", -5) + directory


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: pnm("P6", 65535, range(3), 1), "several channels of more than 8 bits"),
        pytest.param(
            jpeg_2000_of_12_bits, "several channels of more than 8 bits", marks=needs_jpeg_2000
        ),
        (signed_tiff, "has signed values"),
        (lambda: encoded(Image.new("I", (1, 1)), "TIFF"), "32 bits per pixel"),
        (lambda: b"Pf\n1 1\n-1.0\n" + struct.pack("<f", 0.5), "32 bits per pixel"),
    ],
)
def test_values_that_cannot_be_represented_are_refused_for_the_true_reason(make, reason):
    with pytest.raises(InputError, match=reason):
        decode(make(), "x")


def test_the_message_on_an_unknown_format_lists_the_formats_that_this_pillow_reads():
    buffer = io.BytesIO()
    Image.fromarray(random_image(1)).save(buffer, "TGA")
    with pytest.raises(InputError) as raised:
        decode(buffer.getvalue(), "x.tga")
    known = ["PNG", "JPEG", "GIF", "WebP", "TIFF", "BMP", "PBM/PGM/PPM"]
    known += ["AVIF"] if "avif" in features.modules and features.check("avif") else []
    known += ["JPEG 2000"] if features.check("jpg_2000") else []
    expected = f"'x.tga' is not an image in a known format ({', '.join(known)})"
    assert str(raised.value) == expected
