"""Draws digits on the sketchpad with the mouse, along the strokes of ``tests/golden/strokes.json``."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

STROKES = Path(__file__).parents[1] / "golden" / "strokes.json"


@cache
def strokes() -> dict[str, Any]:
    return json.loads(STROKES.read_text())


def draw_digit(page: Page, digit: str) -> None:
    """Draw one digit; points are in the unit square, as fractions of the sketchpad's side."""
    box = page.locator("canvas.paper").bounding_box()
    assert box is not None
    for stroke in strokes()["digits"][digit]:
        for index, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if index == 0:
                page.mouse.down()
        page.mouse.up()


def clear(page: Page) -> None:
    """An empty sketchpad without an answer, whatever was on it."""
    button = page.get_by_role("button", name="Clear")
    if button.is_enabled():
        button.click()
    expect(page.locator(".answer")).to_have_text("–")


def png_of_seven() -> bytes:
    image = Image.new("L", (200, 240), 255)
    ImageDraw.Draw(image).line([(50, 50), (150, 50), (90, 200)], fill=20, width=18, joint="curve")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
