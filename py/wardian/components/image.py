"""Images and drawings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wardian.components.base import Input
from wardian.errors import InputError
from wardian.payloads import draw_strokes, image_from_payload

if TYPE_CHECKING:
    from wardian.preprocessing import Image as Pixels

__all__ = ["Image", "Sketchpad"]


class Image(Input):
    """An image file. The payload is `{"file": bytes, "name": str}`, or pixels: `{"width", "height", "data"}`
    with RGBA bytes. The value is uint8 (height, width, channels).
    """

    from_file: ClassVar[bool] = True

    def __init__(self, label: str | Mapping[str, str] = "Image") -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> Pixels:
        if payload is None:
            raise InputError(f"“{self.label['en']}” is empty.", expected="an image", received="nothing")
        return image_from_payload(payload)

    def read(self, argument: str) -> dict[str, Any]:
        path = Path(argument)
        try:
            return {"file": path.read_bytes(), "name": path.name}
        except OSError as error:
            raise InputError(
                "The file cannot be read.", value=argument, expected="an image file", received=error.strerror
            ) from error


class Sketchpad(Image):
    """A drawing. The payload is as that of Image, or a list of strokes, each a flat list x, y, x, y … in
    units of a square of 320: that is what an example holds and the page can draw again.
    """

    def __init__(self, label: str | Mapping[str, str] = "Drawing") -> None:
        super().__init__(label)

    def preprocess(self, payload: Any) -> Pixels:
        if isinstance(payload, (list, tuple)):
            return draw_strokes(payload)
        return super().preprocess(payload)
