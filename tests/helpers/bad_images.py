"""Images that every command must refuse."""

import struct
import zlib

from image_folders import encoded, jpeg, random_image
from PIL import Image

from data_tools.formats.images import encode_png


def sixteen_bit_rgb_png() -> bytes:
    """Return a PNG of one pixel with 16 bits per channel, which Pillow would reduce to 8."""

    def chunk(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" + struct.pack(">HHH", 1, 2, 3))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def animated_gif() -> bytes:
    """Return a GIF of three frames."""
    frames = [Image.fromarray(random_image(seed)) for seed in range(3)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def bomb() -> bytes:
    """Return a small file that decodes to 400 million pixels."""
    return encoded(Image.new("1", (20_000, 20_000)), "PNG")


#: For each kind of bad image, its bytes and part of the error message.
BAD = {
    "zero bytes": (b"", "is empty"),
    "text": (b"hello, I am text\n" * 9, "not an image"),
    "truncated JPEG": (jpeg(1, 64, 64)[:-60], "truncated"),
    "truncated PNG": (encode_png(random_image(1, 64, 64))[:-400], "truncated"),
    "animation": (animated_gif(), "3 frames"),
    "16 bits of color": (sixteen_bit_rgb_png(), "more than 8 bits"),
    "32-bit floats": (encoded(Image.new("F", (3, 3)), "TIFF"), "32 bits"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
}
