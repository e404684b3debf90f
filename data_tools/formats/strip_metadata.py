"""Removal of the metadata of cameras and editors (places, names, dates) from image files."""

import struct

from data_tools.formats.images import DecodedImage, encode_png

# Chunks that determine what the pixels look like.
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT"}

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_APP0, _APP14, _APP15, _COMMENT = 0xE0, 0xEE, 0xEF, 0xFE
_STANDALONE = {0x01, *range(0xD0, 0xD8)}


def strip_metadata(data: bytes, image: DecodedImage) -> bytes:
    """Return the encoded image without metadata; the pixels stay the same.

    JPEG and PNG files lose their segments with text, EXIF, color profile and preview and are not
    re-encoded; any other format, and a JPEG that depends on its EXIF orientation, becomes a PNG.

    Args:
      data: the encoded image.
      image: ``data`` as decoded by ``decode_image``.
    """
    if image.verbatim and image.format == "PNG":
        return _png_without_metadata(data)
    if image.verbatim and image.format == "JPEG":
        return _jpeg_without_metadata(data)
    return encode_png(image.array)


def _png_without_metadata(data: bytes) -> bytes:
    kept = [_PNG_SIGNATURE]
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if kind in _PNG_CHUNKS:
            kept.append(data[position:end])
        position = end
        if kind == b"IEND":
            break
    return b"".join(kept)


def _jpeg_without_metadata(data: bytes) -> bytes:
    """Keep JFIF (APP0), Adobe's color transform (APP14) and what encodes the pixels.

    Data after the end of the image (previews of cameras) is removed too.
    """
    kept = [data[:2]]
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            position += 1  # Decoders skip bytes between segments.
            continue
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _END_OF_IMAGE:
            break
        if marker in _STANDALONE:
            position += 2
            continue
        end = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
        if not _is_metadata(marker, data[position + 4 : position + 8]):
            kept.append(data[position:end])
        position = end
        if marker == _START_OF_SCAN:
            scan_end = _end_of_scan(data, position)
            kept.append(data[position:scan_end])
            position = scan_end
    kept.append(bytes((0xFF, _END_OF_IMAGE)))
    return b"".join(kept)


def _is_metadata(marker: int, name: bytes) -> bool:
    if marker == _APP0:
        return name == b"JFXX"  # A thumbnail.
    return marker == _COMMENT or (_APP0 < marker <= _APP15 and marker != _APP14)


def _end_of_scan(data: bytes, position: int) -> int:
    """Return where the next segment after entropy-coded data begins."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            return len(data)
        # A zero follows a stuffed 0xFF; restart markers are part of the scan.
        if data[position + 1] != 0 and data[position + 1] not in _STANDALONE:
            return position
        position += 2
