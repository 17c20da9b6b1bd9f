"""A picture made of integer arithmetic alone, so that a test needs no file: smooth areas, edges and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def picture(height: int, width: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3).

    >>> picture(2, 3)[1, 2].tolist()
    [140, 53, 25]
    """
    y, x = np.mgrid[:height, :width]
    smooth = (255 * y) // height
    stripes = np.where((x // 7 + y // 11) % 2, 230, 25)
    noise = (x * 7919 + y * 104729 + x * y * 31) % 256
    return np.stack([(smooth + noise // 4) % 256, (noise + 40 * (y // 5)) % 256, stripes], axis=2).astype(
        np.uint8
    )
