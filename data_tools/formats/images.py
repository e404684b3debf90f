"""Decoding, lossless encoding and hashing of single images."""

import hashlib
import io
import warnings
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps, features

from data_tools.errors import InputError
from data_tools.formats.pixel_modes import MODES, from_pillow, mode_of, to_pillow

Result = TypeVar("Result")

# Pillow's own limit; larger images are refused before their pixels are allocated.
MAX_PIXELS = 89_478_485

# On photographs a third of the time of zlib's default, 6, for 6 % more bytes.
_PNG_COMPRESSION = 3
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = (None, 1)
# Keys of Pillow's ``info`` under which formats other than TIFF store EXIF or XMP.
_ORIENTATION_CARRIERS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
# How these and EXIF appear in a PNG, which may store them after the pixels.
_ORIENTATION_MARKERS = (b"eXIf", b"XML:com.adobe.xmp", b"Raw profile type exif")
# Pillow's names of the formats that are read, and ours.
_FORMATS = {
    "PNG": "PNG",
    "JPEG": "JPEG",
    "GIF": "GIF",
    "WEBP": "WebP",
    "TIFF": "TIFF",
    "BMP": "BMP",
    "PPM": "PBM/PGM/PPM",
    "AVIF": "AVIF",
    "JPEG2000": "JPEG 2000",
}
_SIXTEEN_BIT_GRAY = ("I;16", "I;16L", "I;16B", "I;16N")
# Suffixes of Pillow's raw modes with 16 bits per channel; "BGR;16" has 16 per pixel.
_SIXTEEN_BIT_CHANNELS = (";16B", ";16L", ";16N")
# How a JPEG 2000 codestream begins, and where after that the bits of its first channel are.
_CODESTREAM, _CODESTREAM_DEPTH = b"\xff\x4f\xff\x51", 42


class DecodedImage:
    """The pixels of an image file and how they were stored.

    Attributes:
      mode: key of ``MODES``.
      format: Pillow's name of the file format, "PNG", "JPEG", ...
      verbatim: True if a plain decoder (PNG and JPEG only, ignores EXIF) reads the same pixels
        from the stored bytes.
      shape: (height, width, channels).
    """

    __slots__ = ("_array", "_picture", "format", "mode", "shape", "verbatim")

    def __init__(self, picture: Image.Image, mode: str, file_format: str, verbatim: bool):
        self.mode = mode
        self.format = file_format
        self.verbatim = verbatim
        self.shape = (picture.height, picture.width, MODES[mode])
        self._picture = picture
        self._array: np.ndarray | None = None

    @property
    def array(self) -> np.ndarray:
        """The pixels, uint8 (uint16 for mode "I;16") of shape [height, width, channels]."""
        if self._array is None:  # Lazy: copying a file needs no array.
            self._array = from_pillow(self._picture, self.mode)
        return self._array


def is_image(data: bytes) -> bool:
    """Return whether the bytes begin like an image in a known format; nothing is decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            Image.open(io.BytesIO(data), formats=_readable_formats())
        except Image.UnidentifiedImageError:
            return False
        except Exception:  # Recognized, then found to be damaged or too large.
            return True
    return True


def decoded_png(array: np.ndarray) -> DecodedImage:
    """Return what ``decode_image`` returns for the PNG of an array [height, width, channels]."""
    return DecodedImage(to_pillow(array), mode_of(array), "PNG", True)


def decode_image(data: bytes, name: str) -> DecodedImage:
    """Decode an encoded image completely.

    The EXIF orientation is applied; CMYK and other color spaces become RGB, palettes RGB or
    RGBA, bilevel images L; 16-bit gray stays 16-bit.

    Args:
      data: content of the file.
      name: name in error messages.

    Raises:
      InputError: it is not an image, is truncated or animated, has more than ``MAX_PIXELS``
        pixels, or values that neither 8 bits nor 16-bit gray can represent.
    """
    return _read(data, name, _decode_opened)


def plain_mode(data: bytes, name: str) -> str | None:
    """Return the mode of an image if it is ``verbatim``, else None, without decoding its pixels.

    Raises:
      InputError: see ``decode_image``; damaged pixels are not noticed.
    """

    def mode(image: Image.Image) -> str | None:
        plain = _plain_mode(image)
        if image.format == "PNG" and any(marker in data for marker in _ORIENTATION_MARKERS):
            image.load()
        return plain if _orientation(image) in _UPRIGHT else None

    return _read(data, name, mode)


def stored_mode(data: bytes, name: str) -> str:
    """Return the mode that ``decode_image`` finds, without decoding the pixels.

    Raises:
      InputError: see ``decode_image``; damaged pixels are not noticed.
    """

    def mode(image: Image.Image) -> str:
        return _pixel_mode(image.mode, "transparency" in image.info, image.format)

    return _read(data, name, mode)


def _read(data: bytes, name: str, read: Callable[[Image.Image], Result]) -> Result:
    """Return ``read`` of the opened image, with one kind of error for all that may happen."""
    if not data:
        raise InputError(f"{name!r} is empty (0 bytes), not an image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=_readable_formats())
            _refuse_unsupported(image, data)
            return read(image)
    except InputError as error:
        raise InputError(f"{name!r} {error}") from None
    except Image.UnidentifiedImageError:
        known = ", ".join(_FORMATS[key] for key in _readable_formats())
        raise InputError(f"{name!r} is not an image in a known format ({known})") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name!r} {_too_large()}") from None
    except Exception as error:  # Pillow's plugins raise all kinds of exceptions on damaged bytes.
        reason = str(error).split("\n")[0] or type(error).__name__
        raise InputError(f"{name!r} is damaged or truncated ({reason})") from None


def decode(data: bytes, name: str) -> np.ndarray:
    """Return the pixels of an encoded image as ``decode_image`` reads them."""
    return decode_image(data, name).array


@cache
def _readable_formats() -> tuple[str, ...]:
    """Return the keys of ``_FORMATS`` that this build of Pillow reads."""
    # Before version 11.3, Pillow does not know AVIF, and its ``features.check`` would warn.
    has_avif = "avif" in features.modules and features.check("avif")
    has = {"AVIF": has_avif, "JPEG2000": features.check("jpg_2000")}
    return tuple(key for key in _FORMATS if has.get(key, True))


def _too_large() -> str:
    return f"has more than {MAX_PIXELS} pixels; scale it down first"


def _refuse_unsupported(image: Image.Image, data: bytes) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise InputError(_too_large())
    # MPO is a JPEG with a preview appended by the camera: its first picture is the photograph.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InputError(f"has {image.n_frames} frames; keep one")
    if len(image.getbands()) > 1 and _has_deep_channels(image, data):
        raise InputError("has several channels of more than 8 bits; convert it to 8 first")
    if any(raw.startswith("I;16S") for raw in _raw_modes(image)):
        raise InputError("has signed values; convert it to 8 or 16 bits without sign first")


def _has_deep_channels(image: Image.Image, data: bytes) -> bool:
    """Return whether Pillow would silently reduce channels to 8 bits."""
    if image.format == "PPM":
        # The arguments of the decoder end with the largest value; "raw" is for that of 255.
        return any(tile[0] != "raw" and tile[3][-1] > 255 for tile in image.tile)
    if image.format == "JPEG2000":
        depth = data[data.index(_CODESTREAM) + _CODESTREAM_DEPTH]
        return depth & 0x7F > 7  # One less than the bits; the first bit is the sign.
    return any(raw.endswith(_SIXTEEN_BIT_CHANNELS) for raw in _raw_modes(image))


def _decode_opened(image: Image.Image) -> DecodedImage:
    stored_mode, plain_mode = image.mode, _plain_mode(image)
    image.load()
    orientation = _orientation(image)
    mode = _pixel_mode(stored_mode, "transparency" in image.info, image.format)
    picture = image if orientation in _UPRIGHT else ImageOps.exif_transpose(image)
    if mode not in ("I;16", picture.mode):
        picture = picture.convert(mode)
    verbatim = plain_mode is not None and orientation in _UPRIGHT
    return DecodedImage(picture, mode, image.format or "", verbatim)


def _plain_mode(image: Image.Image) -> str | None:
    """Return the mode in which plain decoders read an image that is not loaded yet, if Pillow's."""
    if image.format not in ("PNG", "JPEG"):
        return None
    mode = _pixel_mode(image.mode, "transparency" in image.info, image.format)
    # Some decoders expand gray of 2 or 4 bits to 8, others do not.
    is_plain = image.mode == mode and _raw_modes(image) <= {mode, "I;16B"}
    return mode if is_plain else None


def _orientation(image: Image.Image) -> int | None:
    """Return the EXIF orientation of a loaded image: a PNG may store it after the pixels."""
    if image.format == "TIFF" or not _ORIENTATION_CARRIERS.isdisjoint(image.info):
        return image.getexif().get(_EXIF_ORIENTATION)
    return None


def _raw_modes(image: Image.Image) -> set[str]:
    """Return the pixel layouts of an image that is not loaded yet."""
    arguments = (tile[3] for tile in getattr(image, "tile", ()))
    return {str(one[0] if isinstance(one, tuple) and one else one) for one in arguments}


def _pixel_mode(stored_mode: str, has_transparency: bool, file_format: str) -> str:
    # A PGM of more than 8 bits is read as integers from 0 to 65535, its own largest value.
    if stored_mode in _SIXTEEN_BIT_GRAY or (stored_mode, file_format) == ("I", "PPM"):
        return "I;16"
    if stored_mode in ("I", "F"):
        raise InputError("has 32 bits per pixel; convert it to 8 or 16 first")
    if has_transparency or stored_mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return "RGBA"
    return "L" if stored_mode in ("L", "1") else "RGB"


def encode_png(array: np.ndarray) -> bytes:
    """Return the PNG of an array; see ``mode_of``.

    The bytes depend only on the pixels (and on the version of Pillow's zlib).
    """
    buffer = io.BytesIO()
    to_pillow(array).save(buffer, format="PNG", compress_level=_PNG_COMPRESSION)
    return buffer.getvalue()


def bytes_sha256(data: bytes) -> str:
    """Return the hexadecimal SHA-256 of the bytes.

    >>> bytes_sha256(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def pixels_sha256(array: np.ndarray) -> str:
    """Return the hexadecimal SHA-256 over shape, type and pixels, whatever the encoding."""
    header = f"{array.dtype.name}{list(array.shape)}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
