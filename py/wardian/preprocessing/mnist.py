"""Turn a drawing or a photograph of one digit into a 28 × 28 image made as MNIST's images were made.

LeCun, Cortes and Burges, "The MNIST database of handwritten digits", describe it so: the original images
"were size normalized to fit in a 20x20 pixel box while preserving their aspect ratio. The resulting images
contain grey levels as a result of the anti-aliasing technique used by the normalization algorithm. The images
were centered in a 28x28 image by computing the center of mass of the pixels, and translating the image so as
to position this point at the center of the 28x28 field." In the published pixels the longer side of the ink
is 20 in every image, and the centre of mass lies within half a pixel of column 14, row 14 counted from 0:
those two facts are this file's numbers.

Every step is integer arithmetic, or Pillow's 8-bit resize, which is fixed-point: CPython and Pyodide give the
same bits. The training images went through this very code (wardian_build/train/digits.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError
from wardian.preprocessing.image import Image, ImageSource, read_image
from wardian.preprocessing.ink import find_ink, stretch

FIELD = 28
"""Side of the field, in pixels."""
BOX = 20
"""Longer side of the digit, in pixels."""
CENTRE = 14
"""Row and column, counted from 0, at which MNIST's centre of mass lies."""
INK_THRESHOLD = 8
"""Ink from this value on, of 255, is part of the digit when cropping; below lies JPEG's ringing."""
MAX_SIDE = 1024
"""Larger pictures are first reduced to this longer side, in pixels: a phone's photograph is 4000 wide."""


class MnistImageProcessor:
    """Image processor of models trained on MNIST (``image_processor_type: MnistImageProcessor``).

    >>> canvas = np.zeros((280, 280, 4), np.uint8)            # transparent, as a sketchpad is
    >>> canvas[60:220, 130:150, 3] = 255                      # one upright black stroke
    >>> prepared = MnistImageProcessor().prepare(canvas)
    >>> rows, columns = np.nonzero(prepared)
    >>> int(rows.max() - rows.min() + 1), bool(10 < columns.mean() < 17)
    (20, True)
    """

    channels = 1

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        """Take Hugging Face's ``preprocessor_config.json``; the processor has no settings."""
        del config

    def __call__(self, source: ImageSource) -> NDArray[np.float32]:
        """One image to float32 (batch=1, channel=1, height=28, width=28) in [0, 1]; ink is 1.

        Raises:
            InputError: the image cannot be read (see :func:`read_image`) or is blank.
        """
        pixels = self.prepare(read_image(source)).astype(np.float32) / np.float32(255)
        return pixels.reshape(1, 1, FIELD, FIELD)

    def prepare(self, image: Image) -> NDArray[np.uint8]:
        """Normalize a picture of a digit: uint8 (height, width, channels) to uint8 (28, 28), ink is 255.

        Dark on light, light on dark, and any colour on transparent will do: see `find_ink`.

        Raises:
            InputError: nothing is drawn.
        """
        ink = find_ink(_reduce(image))
        rows = np.flatnonzero(ink.max(axis=1) >= INK_THRESHOLD)
        columns = np.flatnonzero(ink.max(axis=0) >= INK_THRESHOLD)
        if rows.size == 0:
            raise InputError(
                "There is no digit in the image.",
                value="image",
                expected="a digit that stands out from its background",
                received=f"a blank image, {image.shape[1]} × {image.shape[0]} pixels",
                hint="Draw a digit first.",
            )
        digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return _centre(stretch(_fit(digit)))


def _reduce(image: Image) -> Image:
    """Shrink a large picture by a whole factor, averaging, so that its longer side is at most MAX_SIDE."""
    import PIL.Image

    factor = -(-max(image.shape[:2]) // MAX_SIDE)
    if factor <= 1:
        return image
    planes = [PIL.Image.fromarray(image[:, :, c]).reduce(factor) for c in range(image.shape[2])]
    return np.stack([np.asarray(plane) for plane in planes], axis=2)


def _fit(digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale so that the longer side is 20, antialiased.

    Shrinking averages areas: of Pillow's filters this gives MNIST's own share of full, grey and empty pixels
    (38 % of the inked ones are full; area averaging gives 36 %, the triangle filter 22 %).
    """
    import PIL.Image

    height, width = digit.shape
    longer = max(height, width)
    size = tuple(max(1, (2 * BOX * side + longer) // (2 * longer)) for side in (width, height))
    method = PIL.Image.Resampling.BOX if longer > BOX else PIL.Image.Resampling.BILINEAR
    return np.asarray(PIL.Image.fromarray(np.ascontiguousarray(digit)).resize(size, method))


def _centre(digit: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place the digit in the field with its centre of mass at (14, 14), to the nearest whole pixel."""
    field = np.zeros((FIELD, FIELD), np.uint8)
    weight = digit.astype(np.int64)
    mass = int(weight.sum())
    corner = []
    for axis, side in enumerate(digit.shape):
        moment = int((weight.sum(axis=1 - axis) * np.arange(side)).sum())
        offset = (2 * (CENTRE * mass - moment) + mass) // (2 * mass)  # round half up
        corner.append(min(max(offset, 0), FIELD - side))
    field[corner[0] : corner[0] + digit.shape[0], corner[1] : corner[1] + digit.shape[1]] = digit
    return field
