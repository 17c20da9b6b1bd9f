"""Random variations of a handwritten digit: slant, proportions, wobble, and the width of the pen.

MNIST was written with one pen; a sketchpad is used with a fingertip on a small canvas or a mouse on a large
one, and photographs come with ballpoints. So a training image is enlarged, bent, and its strokes are made
thinner or thicker, and then goes through `MnistImageProcessor.prepare` as a visitor's drawing does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import PIL.Image
import PIL.ImageFilter
from numpy.typing import NDArray

from wardian.preprocessing.mnist import MnistImageProcessor

ENLARGED = 112
"""Side at which a 28 × 28 image is bent: 4 pixels a pixel."""
CELLS = 4
"""The image bends on a grid of 4 × 4 quadrilaterals whose corners move."""


@dataclass(frozen=True)
class Strength:
    """How far each variation may go; a uniform draw unless said otherwise."""

    rotation: float = 12.0
    """Degrees either way."""
    shear: float = 0.25
    """Horizontal shift per unit of height, either way."""
    stretch: float = 0.18
    """Natural logarithm of width over height, either way."""
    wobble: float = 2.2
    """Standard deviation of a grid corner's displacement, in enlarged pixels."""
    thin: float = 1.6
    thick: float = 4.0
    """Most that a stroke's edge moves inwards or outwards, in enlarged pixels."""
    soft: float = 2.0
    sharp: float = 8.0
    """Slope of the edges; MNIST's own, scanned and thresholded, is about 4."""
    untouched: float = 0.1
    """Share of images left as they are."""


def vary(image: NDArray[np.uint8], generator: np.random.Generator, strength: Strength) -> NDArray[np.uint8]:
    """One random variation of a digit: uint8 (28, 28) to uint8 (28, 28), prepared as live drawings are."""
    processor = MnistImageProcessor()
    if generator.random() < strength.untouched:
        return processor.prepare(image[:, :, None])
    enlarged = PIL.Image.fromarray(image).resize((ENLARGED, ENLARGED), PIL.Image.Resampling.BICUBIC)
    bent = bend(enlarged, generator, strength)
    shift = generator.uniform(-strength.thin, strength.thick)
    varied = np.asarray(move_edges(bent, shift, generator.uniform(strength.soft, strength.sharp)))
    if varied.max() < 128 or _on_border(varied):  # thinned to nothing, or bent out of the frame
        varied = np.asarray(bent)
    return processor.prepare(varied[:, :, None])


def bend(image: PIL.Image.Image, generator: np.random.Generator, strength: Strength) -> PIL.Image.Image:
    """Rotate, shear and stretch about the centre, and displace the corners of a grid."""
    angle = math.radians(generator.uniform(-strength.rotation, strength.rotation))
    shear = generator.uniform(-strength.shear, strength.shear)
    stretch = math.exp(generator.uniform(-strength.stretch, strength.stretch) / 2)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = rotation @ np.array([[stretch, shear], [0, 1 / stretch]]) * 1.15  # room for what leans out
    ticks = np.linspace(0, ENLARGED, CELLS + 1)
    targets = np.stack(np.meshgrid(ticks, ticks), axis=2)  # (row, column, xy)
    sources = (targets - ENLARGED / 2) @ matrix.T + ENLARGED / 2
    sources += generator.normal(0, strength.wobble, sources.shape)
    mesh = []
    for row in range(CELLS):
        for column in range(CELLS):
            left, top = targets[row, column]
            right, bottom = targets[row + 1, column + 1]
            corners = [sources[row, column], sources[row + 1, column]]
            corners += [sources[row + 1, column + 1], sources[row, column + 1]]
            quadrilateral = tuple(float(value) for corner in corners for value in corner)
            mesh.append(((round(left), round(top), round(right), round(bottom)), quadrilateral))
    return image.transform(image.size, PIL.Image.Transform.MESH, mesh, PIL.Image.Resampling.BILINEAR)


def move_edges(image: PIL.Image.Image, shift: float, slope: float = 4.0) -> PIL.Image.Image:
    """Move the outline of the ink outwards by `shift` pixels (inwards where negative).

    A blurred edge passes through half its height at the outline, and through a lower level further out: so
    cutting a blurred image at a level moves the outline. Strong moves take several small steps.
    """
    steps = max(1, math.ceil(abs(shift) / 1.7))
    radius = 2.0
    cut = 127.5 * (1 - math.erf(shift / steps / radius / math.sqrt(2)))
    table = [int(min(255, max(0, 127.5 + slope * (value - cut)))) for value in range(256)]
    for _ in range(steps):
        image = image.filter(PIL.ImageFilter.GaussianBlur(radius)).point(table)
    return image


def _on_border(image: NDArray[np.uint8]) -> bool:
    edges = (image[0], image[-1], image[:, 0], image[:, -1])
    return any(int(edge.max()) > 64 for edge in edges)
