"""Images as they cross from page to Python: an encoded file, RGBA pixels, or the strokes of a drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError, shorten

if TYPE_CHECKING:
    from wardian.preprocessing import Image as Pixels

__all__ = ["draw_strokes", "image_from_payload"]

#: The page's sketchpad: its side, and the width of the ink, in pixels.
SIDE = 320
INK_WIDTH = 22


def image_from_payload(payload: Any) -> Pixels:
    """The pixels of an image that came over the wire: uint8 (height, width, channels).

    `payload` is `{"file": bytes, "name": str}`, `{"width", "height", "data": RGBA bytes}`, encoded bytes or
    pixels. Raises InputError when it is no image.
    """
    from wardian.preprocessing import read_image

    if isinstance(payload, (bytes, bytearray, memoryview, np.ndarray)):
        return read_image(payload)
    if not isinstance(payload, Mapping):
        raise InputError(
            "This is not an image.",
            value=shorten(payload),
            expected="a file",
            received=type(payload).__name__,
        )
    if "file" in payload:
        return read_image(_bytes(payload["file"]), name=str(payload.get("name") or "image"))
    if not {"width", "height", "data"} <= set(payload):
        raise InputError(
            "This is not an image.",
            expected="file, or width, height and data",
            received=", ".join(map(str, payload)),
        )
    width, height, data = payload["width"], payload["height"], _bytes(payload["data"])
    # JavaScript has but one kind of number, so a whole float is fine.
    whole = all(_is_number(side) and side > 0 and side == int(side) for side in (width, height))
    if not whole or int(width) * int(height) * 4 != len(data):
        raise InputError(
            "The image's size and pixels do not fit each other.",
            value=f"width {width}, height {height}",
            expected="width × height × 4 bytes, RGBA",
            received=f"{len(data):,} bytes",
        )
    pixels: NDArray[np.uint8] = np.frombuffer(data, np.uint8).reshape(int(height), int(width), 4)
    return read_image(pixels)


def draw_strokes(strokes: Sequence[Sequence[float]]) -> Pixels:
    """A drawing as the page draws it, black ink on transparent: uint8 (320, 320, 4).

    `strokes` are flat lists x, y, x, y … in pixels. Raises InputError for anything else.

    >>> int(draw_strokes([[160, 40, 160, 280]])[100, :, 3].astype(bool).sum())
    22
    """
    from PIL import Image, ImageDraw

    canvas = Image.new("RGBA", (SIDE, SIDE))
    draw = ImageDraw.Draw(canvas)
    radius = INK_WIDTH / 2
    for stroke in strokes:
        _check_stroke(stroke)
        points = list(zip(stroke[::2], stroke[1::2], strict=True))
        draw.line(points, fill=(0, 0, 0, 255), width=INK_WIDTH, joint="curve")
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(0, 0, 0, 255))
    return np.asarray(canvas)


def _check_stroke(stroke: Any) -> None:
    if not isinstance(stroke, (list, tuple)) or len(stroke) % 2 or not all(map(_is_number, stroke)):
        raise InputError(
            "This is not a drawing.",
            value=shorten(stroke, 60),
            expected="strokes: flat lists of x, y, x, y …",
            received=type(stroke).__name__,
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _bytes(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview, np.ndarray)):
        return bytes(value)
    raise InputError("The image's data are not bytes.", value=shorten(value), received=type(value).__name__)
