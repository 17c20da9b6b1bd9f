"""Read an image file of any common kind into one plain form: uint8 (height, width, channels).

Everything a visitor can drop on a page arrives here, so this file trusts nothing: the size is read from the
header before a pixel is decoded, only formats that decode in-process are tried, and every failure is an
:class:`~wardian.errors.InputError` that says what was received and what to do.
"""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

Image: TypeAlias = NDArray[np.uint8]
"""uint8 (height, width, channels); channels is 1 (grey), 3 (RGB) or 4 (RGBA, not premultiplied)."""

ImageSource: TypeAlias = "bytes | bytearray | memoryview | str | Path | NDArray[Any]"

MAX_PIXELS = 50_000_000
"""Largest width × height decoded, in pixels: 200 MB as RGBA, well inside a 32-bit wasm heap."""

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "WEBP", "TIFF")
"""Pillow's names of the formats tried. The first five need no search for further plug-ins."""

_READABLE = "a PNG, JPEG, WebP, GIF, BMP, TIFF or PPM image"
_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def read_image(source: ImageSource, *, name: str | None = None, max_pixels: int = MAX_PIXELS) -> Image:
    """Decode an image, turned upright by its EXIF orientation; of an animation, the first frame.

    Args:
        source: an encoded file (bytes, or the path of one), or pixels: uint8, uint16 or bool
            (height, width) or (height, width, channels) with 1, 2, 3 or 4 channels.
        name: what to call the image in an error; the file's name by default.
        max_pixels: refuse a larger width × height, before decoding.

    Returns:
        uint8 (height, width, channels), channels 1 (grey), 3 (RGB) or 4 (RGBA). 16-bit samples are scaled
        to 8 bits; 1-bit images become 0 and 255; palettes, CMYK and YCbCr become RGB (with alpha where the
        file has transparency).

    Raises:
        InputError: empty, truncated, not an image, too large, or of an unsupported layout.

    >>> read_image(b"P5 3 2 255 " + bytes([0, 50, 100, 150, 200, 250]))[..., 0].tolist()
    [[0, 50, 100], [150, 200, 250]]
    >>> read_image(np.zeros((2, 3, 4), np.uint8)).shape
    (2, 3, 4)
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, name or "image", max_pixels)
    data, label = _read_bytes(source, name)
    if not data:
        raise InputError(
            f"{label} is empty.",
            value=label,
            expected=_READABLE,
            received="0 bytes",
            hint="Choose another file.",
        )
    # A size between Pillow's two limits only warns, and ours is below both.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _decode(data, label, max_pixels)


def to_rgb(image: Image) -> Image:
    """uint8 (height, width, channels) to uint8 (height, width, 3); alpha is dropped, as by Pillow.

    >>> to_rgb(np.array([[[7, 8, 9, 0]]], np.uint8)).tolist()
    [[[7, 8, 9]]]
    >>> to_rgb(np.array([[[7]]], np.uint8)).tolist()
    [[[7, 7, 7]]]
    """
    if image.shape[2] == 1:
        return np.repeat(image, 3, axis=2)
    return np.ascontiguousarray(image[:, :, :3])


def _read_bytes(source: bytes | bytearray | memoryview | str | Path, name: str | None) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), name or "image"
    if not isinstance(source, (str, Path)):
        raise InputError(
            "The input is not an image.",
            value=name or "image",
            expected=f"{_READABLE}, as bytes, a path or a uint8 array",
            received=type(source).__name__,
            hint="Pass the bytes of the file.",
        )
    path = Path(source)
    try:
        return path.read_bytes(), name or path.name
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read.",
            value=str(source),
            expected="the path of a readable file",
            received=getattr(error, "strerror", None) or str(error),
            hint="Check the path.",
        ) from error


def _decode(data: bytes, label: str, max_pixels: int) -> Image:
    import PIL.Image  # lazily: importing Pillow costs the page start-up time
    import PIL.ImageOps

    try:
        image = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
        _check_size(image.width, image.height, label, max_pixels)
        image.load()
        return _to_array(PIL.ImageOps.exif_transpose(image))
    except InputError:
        raise
    except PIL.Image.DecompressionBombError as error:
        count = re.search(r"\d+", str(error))  # Pillow tells the number of pixels alone
        received = f"{int(count[0]) / 1_000_000:g} million pixels" if count else str(error)
        raise _too_large(label, received, max_pixels) from error
    except PIL.UnidentifiedImageError as error:
        raise InputError(
            f"{label} is not an image that can be read.",
            value=label,
            expected=_READABLE,
            received=f"{len(data)} bytes beginning with {data[:12]!r}",
            hint="Open the file in an image viewer and save it as PNG.",
        ) from error
    except Exception as error:  # a hostile file makes Pillow's decoders raise almost anything
        raise InputError(
            f"{label} is damaged or incomplete.",
            value=label,
            expected=_READABLE,
            received=f"{len(data)} bytes; {type(error).__name__}: {error}",
            hint="Save or download the file again.",
        ) from error


def _check_size(width: int, height: int, label: str, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise InputError(
            f"{label} has no pixels.",
            value=label,
            expected="at least 1 × 1 pixel",
            received=f"{width} × {height} pixels",
            hint="Choose another image.",
        )
    if width * height > max_pixels:
        raise _too_large(label, f"{width} × {height} pixels", max_pixels)


def _too_large(label: str, received: str, max_pixels: int) -> InputError:
    return InputError(
        f"{label} is too large.",
        value=label,
        expected=f"at most {max_pixels / 1_000_000:g} million pixels",
        received=received,
        hint="Scale the image down first.",
    )


def _to_array(image: PillowImage) -> Image:
    """Convert a loaded Pillow image of any mode."""
    mode = image.mode
    if mode.startswith("I"):  # I;16, I;16B and I hold 16-bit samples: PNG, PGM and TIFF greys
        samples = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return _scale_16_bit(samples)[:, :, None]
    if mode == "F":
        raise InputError(
            "The image has floating-point samples.",
            value="image",
            expected="8 or 16 bits a sample",
            received="32-bit floating point",
            hint="Save it as PNG.",
        )
    transparent = mode in ("LA", "La", "PA", "RGBa") or "transparency" in image.info
    target = "RGBA" if transparent or mode == "RGBA" else "L" if mode in ("1", "L") else "RGB"
    converted = image if mode == target else image.convert(target)
    return np.array(converted, np.uint8).reshape(image.height, image.width, _CHANNELS[target])


def _scale_16_bit(samples: NDArray[Any]) -> Image:
    """0..65535 to 0..255, rounded to nearest: 65535 / 255 is exactly 257."""
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_array(pixels: NDArray[Any], label: str, max_pixels: int) -> Image:
    if pixels.dtype not in (np.uint8, np.uint16, np.bool_):
        raise InputError(
            f"{label} has the wrong dtype.",
            value=label,
            expected="uint8, uint16 or bool",
            received=str(pixels.dtype),
            hint="Scale the pixels to 0..255 and convert them: pixels.astype(np.uint8).",
        )
    planes = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if planes.ndim != 3 or planes.shape[2] not in (1, 2, 3, 4):
        raise InputError(
            f"{label} has the wrong shape.",
            value=label,
            expected="(height, width) or (height, width, 1 to 4 channels)",
            received=str(pixels.shape),
            hint="Channels come last; pass one image, not a batch.",
        )
    _check_size(planes.shape[1], planes.shape[0], label, max_pixels)
    if planes.dtype == np.bool_:
        planes = planes.astype(np.uint8) * np.uint8(255)
    elif planes.dtype == np.uint16:
        planes = _scale_16_bit(planes)
    if planes.shape[2] == 2:  # grey and alpha
        planes = planes[:, :, [0, 0, 0, 1]]
    return np.ascontiguousarray(planes)
