"""Draws digits on the sketchpad with the mouse, along the strokes of ``tests/golden/strokes.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

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
