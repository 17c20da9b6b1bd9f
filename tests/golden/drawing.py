"""Draw strokes as the sketchpad does: round black pen on a transparent canvas, antialiased."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

SUPERSAMPLING = 4

Stroke = Sequence[Sequence[float]]


def draw(strokes: Sequence[Stroke], side: int, pen: float) -> NDArray[np.uint8]:
    """Strokes in the unit square, y down, to uint8 (side, side, RGBA); `side` and `pen` in pixels."""
    scale, radius = side * SUPERSAMPLING, pen * SUPERSAMPLING / 2
    ink = PIL.Image.new("L", (side * SUPERSAMPLING, side * SUPERSAMPLING), 0)
    brush = PIL.ImageDraw.Draw(ink)
    for stroke in strokes:
        points = [(x * scale, y * scale) for x, y in stroke]
        brush.line(points, fill=255, width=round(2 * radius))
        for x, y in points:
            brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    alpha = np.asarray(ink.reduce(SUPERSAMPLING))
    return np.dstack([np.zeros((side, side, 3), np.uint8), alpha])
