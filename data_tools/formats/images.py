"""Decoding, lossless encoding and hashing of single images."""

import hashlib
import io
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from data_tools.errors import InputError

Result = TypeVar("Result")

# Pillow's own limit; larger images are refused before their pixels are allocated.
MAX_PIXELS = 89_478_485

#: Modes of decoded images and the numbers of channels of their arrays.
MODES = {"L": 1, "RGB": 3, "RGBA": 4, "I;16": 1}

# On photographs a third of the time of zlib's default, 6, for 6 % more bytes.
_PNG_COMPRESSION = 3
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = (None, 1)
# Keys of Pillow's ``info`` under which formats other than TIFF store EXIF or XMP.
_ORIENTATION_CARRIERS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
# How these and EXIF appear in a PNG, which may store them after the pixels.
_ORIENTATION_MARKERS = (b"eXIf", b"XML:com.adobe.xmp", b"Raw profile type exif")
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM")
_SIXTEEN_BIT_GRAY = ("I;16", "I;16L", "I;16B", "I;16N")


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
            self._array = _pixel_array(self._picture, self.mode)
        return self._array


def is_image(data: bytes) -> bool:
    """Return whether the bytes begin like an image in a known format; nothing is decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            Image.open(io.BytesIO(data), formats=_FORMATS)
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


def _read(data: bytes, name: str, read: Callable[[Image.Image], Result]) -> Result:
    """Return ``read`` of the opened image, with one kind of error for all that may happen."""
    if not data:
        raise InputError(f"{name!r} is empty (0 bytes), not an image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            _refuse_unsupported(image)
            return read(image)
    except InputError as error:
        raise InputError(f"{name!r} {error}") from None
    except Image.UnidentifiedImageError:
        raise InputError(f"{name!r} is not an image in a known format") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name!r} {_too_large()}") from None
    except Exception as error:  # Pillow's plugins raise all kinds of exceptions on damaged bytes.
        reason = str(error).split("\n")[0] or type(error).__name__
        raise InputError(f"{name!r} is damaged or truncated ({reason})") from None


def decode(data: bytes, name: str) -> np.ndarray:
    """Return the pixels of an encoded image as ``decode_image`` reads them."""
    return decode_image(data, name).array


def _too_large() -> str:
    return f"has more than {MAX_PIXELS} pixels; scale it down first"


def _refuse_unsupported(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise InputError(_too_large())
    # MPO is a JPEG with a preview appended by the camera: its first picture is the photograph.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InputError(f"has {image.n_frames} frames; keep one")
    if image.mode not in _SIXTEEN_BIT_GRAY and any(";16" in raw for raw in _raw_modes(image)):
        raise InputError("has several channels of 16 bits; convert it to 8 first")


def _decode_opened(image: Image.Image) -> DecodedImage:
    stored_mode, plain_mode = image.mode, _plain_mode(image)
    image.load()
    orientation = _orientation(image)
    mode = _pixel_mode(stored_mode, "transparency" in image.info)
    picture = image if orientation in _UPRIGHT else ImageOps.exif_transpose(image)
    if mode not in ("I;16", picture.mode):
        picture = picture.convert(mode)
    verbatim = plain_mode is not None and orientation in _UPRIGHT
    return DecodedImage(picture, mode, image.format or "", verbatim)


def _plain_mode(image: Image.Image) -> str | None:
    """Return the mode in which plain decoders read an image that is not loaded yet, if Pillow's."""
    if image.format not in ("PNG", "JPEG"):
        return None
    mode = _pixel_mode(image.mode, "transparency" in image.info)
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


def _pixel_mode(stored_mode: str, has_transparency: bool) -> str:
    if stored_mode in _SIXTEEN_BIT_GRAY:
        return "I;16"
    if stored_mode in ("I", "F"):
        raise InputError("has 32 bits per pixel; convert it to 8 or 16 first")
    if has_transparency or stored_mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return "RGBA"
    return "L" if stored_mode in ("L", "1") else "RGB"


def _pixel_array(image: Image.Image, mode: str) -> np.ndarray:
    if mode == "I;16":
        return np.asarray(image, dtype=np.uint16)[..., np.newaxis]
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., np.newaxis]


def mode_of(array: np.ndarray) -> str:
    """Return the mode of an array [height, width, channels].

    Args:
      array: uint8 of 1, 3 or 4 channels, or uint16 of 1 channel.

    Raises:
      ValueError: it is neither.
    """
    if array.ndim == 3:
        for mode, channels in MODES.items():
            dtype = np.uint16 if mode == "I;16" else np.uint8
            if array.shape[2] == channels and array.dtype == dtype:
                return mode
    raise ValueError(f"no image mode for {array.dtype} of shape {array.shape}")


def to_pillow(array: np.ndarray) -> Image.Image:
    """Return the Pillow image of an array; see ``mode_of``."""
    mode_of(array)
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def from_pillow(image: Image.Image) -> np.ndarray:
    """Return the array [height, width, channels] of a Pillow image in one of ``MODES``."""
    return _pixel_array(image, image.mode)


def convert_mode(array: np.ndarray, mode: str) -> np.ndarray:
    """Return the image in another mode of ``MODES``, transparency blended with white.

    8-bit values are scaled to 16 bits by 257 (so that 255 becomes 65535) and back by rounding.
    """
    current = mode_of(array)
    if current == mode:
        return array
    if current == "I;16":
        array = np.rint(array / 257.0).astype(np.uint8)
    if mode == "I;16":
        return convert_mode(array, "L").astype(np.uint16) * 257
    image = to_pillow(array)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return from_pillow(image.convert(mode))


def to_uint8(array: np.ndarray) -> np.ndarray:
    """Return the image with 8 bits per channel; 16-bit gray is rescaled from 0..65535."""
    return convert_mode(array, "L") if array.dtype == np.uint16 else array


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
