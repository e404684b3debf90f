"""One image: decoded for real, encoded without loss, hashed."""

import hashlib
import io
import warnings

import numpy as np
from PIL import Image, ImageOps

from data_tools.errors import InputError

# Pillow's own limit for one image; a larger one is refused before its pixels are allocated.
MAX_PIXELS = 89_478_485

#: What an image is after decoding, and the number of channels of its array.
MODES = {"L": 1, "RGB": 3, "RGBA": 4, "I;16": 1}

# On photographs a third of the time of zlib's own default, 6, for 6 % more bytes.
_PNG_COMPRESSION = 3
_EXIF_ORIENTATION = 0x0112
_UPRIGHT = (None, 1)
# Keys of Pillow's `info` under which formats other than TIFF carry EXIF or XMP.
_ORIENTATION_CARRIERS = {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM")
_SIXTEEN_BIT_GREY = ("I;16", "I;16L", "I;16B", "I;16N")


class DecodedImage:
    """The pixels of an image file and how they were stored.

    Attributes:
      mode: key of `MODES`.
      format: Pillow's name of the file format, "PNG" or "JPEG" or ...
      verbatim: True where a plain decoder (one that ignores EXIF and knows only PNG and JPEG)
        reads the very same pixels from the stored bytes.
      shape: (height, width, channels).
    """

    __slots__ = ("_array", "_picture", "format", "mode", "shape", "verbatim")

    def __init__(self, picture: Image.Image, mode: str, file_format: str, verbatim: bool):
        """Keeps a loaded Pillow image whose mode is that of `MODES` or 16-bit gray."""
        self.mode = mode
        self.format = file_format
        self.verbatim = verbatim
        self.shape = (picture.height, picture.width, MODES[mode])
        self._picture = picture
        self._array: np.ndarray | None = None

    @property
    def array(self) -> np.ndarray:
        """The pixels, uint8 (uint16 for mode "I;16") of shape [height, width, channels]."""
        if self._array is None:  # Who copies a file needs no copy of its pixels.
            self._array = _pixel_array(self._picture, self.mode)
        return self._array


def png_image(array: np.ndarray) -> DecodedImage:
    """Returns what `decode_image` gives for the PNG of an array [H, W, C]."""
    return DecodedImage(to_pillow(array), mode_of(array), "PNG", True)


def decode_image(data: bytes, name: str) -> DecodedImage:
    """Decodes an encoded image down to its last pixel.

    The EXIF orientation is applied; CMYK and other color spaces become RGB, palettes RGB or
    RGBA, bilevel images L; 16-bit gray keeps its 16 bits.

    Args:
      data: the content of the file.
      name: what error messages call it.

    Raises:
      InputError: if it is no image, is cut short, is animated, has more than `MAX_PIXELS` pixels
        or holds pixels that neither 8-bit nor 16-bit gray can hold without loss.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return decode_in_thread(data, name)


def decode_in_thread(data: bytes, name: str) -> DecodedImage:
    """Decodes like `decode_image`, in any thread.

    Pillow's warnings come through, because Python silences them for all threads at once.
    """
    if not data:
        raise InputError(f"{name!r} is empty (0 bytes), not an image")
    try:
        return _decode_opened(Image.open(io.BytesIO(data), formats=_FORMATS))
    except InputError as error:
        raise InputError(f"{name!r} {error}") from None
    except Image.UnidentifiedImageError:
        raise InputError(f"{name!r} is not an image in a known format") from None
    except Image.DecompressionBombError:
        raise InputError(f"{name!r} {_too_large()}") from None
    except Exception as error:  # Pillow's plugins raise whatever the damaged bytes provoke.
        reason = str(error).split("\n")[0] or type(error).__name__
        raise InputError(f"{name!r} is damaged or cut short ({reason})") from None


def decode(data: bytes, name: str) -> np.ndarray:
    """Returns the pixels of an encoded image as `decode_image` reads them."""
    return decode_image(data, name).array


def _too_large() -> str:
    return f"has more than {MAX_PIXELS} pixels; scale it down first"


def _decode_opened(image: Image.Image) -> DecodedImage:
    if image.width * image.height > MAX_PIXELS:
        raise InputError(_too_large())
    # MPO is the JPEG of a camera that appends a preview: its first picture is the photograph.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InputError(f"has {image.n_frames} frames; keep one")
    stored_mode = image.mode
    raw_modes = {_raw_mode(tile) for tile in getattr(image, "tile", ())}
    if stored_mode not in _SIXTEEN_BIT_GREY and any(";16" in raw for raw in raw_modes):
        raise InputError("has 16 bits in each of several channels; reduce it to 8 first")
    image.load()
    orientation = _orientation(image)
    mode = _pixel_mode(stored_mode, "transparency" in image.info)
    verbatim = (
        image.format in ("PNG", "JPEG")
        and orientation in _UPRIGHT
        and stored_mode == mode
        # Gray of 2 or 4 bits is spread to 8 by some decoders and not by others.
        and all(raw in (mode, "I;16B") for raw in raw_modes)
    )
    picture = image if orientation in _UPRIGHT else ImageOps.exif_transpose(image)
    if mode not in ("I;16", picture.mode):
        picture = picture.convert(mode)
    return DecodedImage(picture, mode, image.format or "", verbatim)


def _orientation(image: Image.Image) -> int | None:
    """Returns the EXIF orientation; the pixels must be loaded, as PNG may carry it behind them."""
    if image.format == "TIFF" or not _ORIENTATION_CARRIERS.isdisjoint(image.info):
        return image.getexif().get(_EXIF_ORIENTATION)
    return None


def _raw_mode(tile: tuple) -> str:
    arguments = tile[3]
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _pixel_mode(stored_mode: str, has_transparency: bool) -> str:
    if stored_mode in _SIXTEEN_BIT_GREY:
        return "I;16"
    if stored_mode in ("I", "F"):
        raise InputError("has 32 bits a pixel; reduce it to 8 or 16 first")
    if has_transparency or stored_mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return "RGBA"
    return "L" if stored_mode in ("L", "1") else "RGB"


def _pixel_array(image: Image.Image, mode: str) -> np.ndarray:
    if mode == "I;16":
        return np.asarray(image, dtype=np.uint16)[..., np.newaxis]
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., np.newaxis]


def mode_of(array: np.ndarray) -> str:
    """Returns the mode of an array [H, W, C] of uint8 (C in 1, 3, 4) or uint16 (C = 1)."""
    if array.ndim == 3:
        for mode, channels in MODES.items():
            dtype = np.uint16 if mode == "I;16" else np.uint8
            if array.shape[2] == channels and array.dtype == dtype:
                return mode
    raise ValueError(f"no image mode for {array.dtype} of shape {array.shape}")


def to_pillow(array: np.ndarray) -> Image.Image:
    """Returns the Pillow image of an array [H, W, C] of uint8 or uint16."""
    mode_of(array)
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)


def from_pillow(image: Image.Image) -> np.ndarray:
    """Returns the array [H, W, C] of a Pillow image in one of `MODES`."""
    return _pixel_array(image, image.mode)


def convert_mode(array: np.ndarray, mode: str) -> np.ndarray:
    """Returns the image in another mode of `MODES`; transparency is laid on white.

    8 bits become 16 by the factor 257 (so that 255 becomes 65535), 16 become 8 by rounding.
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
    """Returns the image with 8 bits a channel; 16-bit gray is rescaled from 0..65535."""
    return convert_mode(array, "L") if array.dtype == np.uint16 else array


def encode_png(array: np.ndarray) -> bytes:
    """Returns the PNG of an array [H, W, C], uint8 (C in 1, 3, 4) or uint16 (C = 1), losslessly.

    The bytes depend on the pixels alone (and on the version of Pillow's zlib).
    """
    buffer = io.BytesIO()
    to_pillow(array).save(buffer, format="PNG", compress_level=_PNG_COMPRESSION)
    return buffer.getvalue()


def bytes_sha256(data: bytes) -> str:
    """Returns the hexadecimal SHA-256 of the bytes.

    >>> bytes_sha256(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def pixels_sha256(array: np.ndarray) -> str:
    """Returns the SHA-256 over the shape, the type and the pixels, whatever the encoding was."""
    header = f"{array.dtype.name}{list(array.shape)}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
