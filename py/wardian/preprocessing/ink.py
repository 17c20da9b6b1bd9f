"""Tell ink from paper: strokes on a transparent canvas, dark on light, light on dark, or a photograph.

Integer arithmetic and Pillow's fixed-point filters only, so that CPython and Pyodide give the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardian.preprocessing.image import Image

PEAK = 254
"""The least maximum ink of any MNIST image; fainter drawings are stretched to it."""
MINIMUM_CONTRAST = 24
"""Ink fainter than this, of 255, is taken for noise of an empty picture."""
EVEN = 6
"""Where three quarters of the border differ from its median by no more, the paper is evenly lit."""
BLOCKS, WINDOW = 64, 17
"""Uneven paper is estimated on at most 64 × 64 blocks; strokes are narrower than 17 of them."""

Ink = NDArray[np.uint8]
"""uint8 (height, width): 0 is paper, 255 is full ink."""


def find_ink(image: Image) -> Ink:
    """How much ink each pixel holds: uint8 (height, width, channels) to uint8 (height, width).

    The darkest ink is at least 254, except that a blank picture gives zeros.

    >>> find_ink(np.array([[[255], [255], [255]], [[255], [155], [255]], [[255], [255], [255]]], np.uint8))
    array([[  0,   0,   0],
           [  0, 254,   0],
           [  0,   0,   0]], dtype=uint8)
    """
    grey = _luminance(image)
    if image.shape[2] == 4:
        alpha = image[:, :, 3]
        if 2 * np.count_nonzero(alpha < 128) > alpha.size:  # strokes on a transparent canvas, in any colour
            return stretch(alpha) if int(alpha.max()) >= MINIMUM_CONTRAST else np.zeros_like(alpha)
        opacity = alpha.astype(np.int32)
        grey = (grey * opacity + 255 * (255 - opacity) + 127) // 255  # on white paper
    level = _median(_border(grey))
    dark_ink = level - int(grey.min()) > int(grey.max()) - level
    depth = level - grey if dark_ink else grey - level
    if _spread(depth) > EVEN:
        paper = _uneven_paper(grey, dark_ink)
        depth = paper - grey if dark_ink else grey - paper
    grain = _spread(depth)
    ink = np.clip(depth - 3 * grain, 0, 255).astype(np.uint8)
    if grain:  # the border of a drawing is clean, that of a photograph is not
        ink = _without_specks(ink)
    return stretch(ink) if int(ink.max()) >= MINIMUM_CONTRAST else np.zeros_like(ink)


def stretch(ink: Ink) -> Ink:
    """Scale faint ink so that its darkest pixel is PEAK: a hairline vanishes in 20 × 20 pixels otherwise.

    >>> stretch(np.array([[0, 50, 100]], np.uint8)).tolist()
    [[0, 127, 254]]
    """
    peak = int(ink.max())
    if peak >= PEAK or peak == 0:
        return ink
    return (ink.astype(np.int32) * PEAK // peak).astype(np.uint8)


def _luminance(image: Image) -> NDArray[np.int32]:
    """ITU-R BT.601 luma, rounded: int32 (height, width) in 0..255."""
    if image.shape[2] == 1:
        return image[:, :, 0].astype(np.int32)
    red, green, blue = (image[:, :, c].astype(np.int32) for c in range(3))
    return (299 * red + 587 * green + 114 * blue + 500) // 1000


def _uneven_paper(grey: NDArray[np.int32], dark_ink: bool) -> NDArray[np.int32]:
    """The paper behind the ink: int32 (height, width) in 0..255.

    A morphological closing (opening, for light ink) with a window wider than any stroke fills the strokes
    with the paper around them and follows shadows, which are wider than the window.
    """
    import PIL.Image
    import PIL.ImageFilter

    picture = PIL.Image.fromarray(grey.astype(np.uint8))
    blocks = picture.copy()
    blocks.thumbnail((BLOCKS, BLOCKS), PIL.Image.Resampling.BOX, reducing_gap=None)
    widest, narrowest = PIL.ImageFilter.MaxFilter(WINDOW), PIL.ImageFilter.MinFilter(WINDOW)
    for step in (widest, narrowest) if dark_ink else (narrowest, widest):
        blocks = blocks.filter(step)
    smooth = blocks.filter(PIL.ImageFilter.BoxBlur(WINDOW // 4))
    return np.asarray(smooth.resize(picture.size, PIL.Image.Resampling.BILINEAR)).astype(np.int32)


def _without_specks(ink: Ink) -> Ink:
    """The median of 3 × 3 pixels: single pixels of grain go, strokes stay."""
    import PIL.Image
    import PIL.ImageFilter

    return np.asarray(PIL.Image.fromarray(ink).filter(PIL.ImageFilter.MedianFilter(3)))


def _border(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([values[0], values[-1], values[1:-1, 0], values[1:-1, -1]])


def _median(values: NDArray[np.int32]) -> int:
    return int(np.sort(values)[values.size // 2])


def _spread(depth: NDArray[np.int32]) -> int:
    """The upper quartile of the border's distance from the paper, which is 0 in `depth`."""
    distance = np.sort(np.abs(_border(depth)))
    return int(distance[3 * (distance.size - 1) // 4])
