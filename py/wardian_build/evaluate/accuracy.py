"""How many answers were right, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Accuracy", "calibration_error", "line", "wilson"]

BINS = 10


@dataclass(frozen=True)
class Accuracy:
    """Right answers out of a number of images, with the 95 % Wilson score interval."""

    right: int
    total: int
    accuracy: float
    low: float
    high: float


def wilson(right: int, total: int, z: float = 1.959964) -> Accuracy:
    """The Wilson score interval (Wilson 1927, JASA 22:209), honest near 100 % where the normal one is not.

    >>> result = wilson(990, 1000)
    >>> result.accuracy, round(result.low, 4), round(result.high, 4)
    (0.99, 0.9817, 0.9946)
    """
    share = right / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return Accuracy(right, total, share, (centre - spread) / scale, (centre + spread) / scale)


def line(entry: Mapping[str, Any]) -> str:
    """One accuracy (`asdict`) in words.

    >>> line({"right": 3, "total": 4, "accuracy": 0.75, "low": 0.3, "high": 0.95})
    '3 of 4 = 75.00% (95 % interval 30.00% to 95.00%)'
    """
    interval = f"95 % interval {entry['low']:.2%} to {entry['high']:.2%}"
    return f"{entry['right']} of {entry['total']} = {entry['accuracy']:.2%} ({interval})"


def calibration_error(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """The expected calibration error: how far the score is from the share of positives, over ten bins.

    `scores` float (answers,) in [0, 1], `truth` bool (answers,). Source: Naeini et al. 2015, AAAI 29:2901.

    >>> calibration_error(np.array([0.25, 0.25, 0.75, 0.75]), np.array([False, False, True, True]))
    0.25
    """
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == number).mean() * abs(scores[bins == number].mean() - truth[bins == number].mean())
        for number in np.unique(bins)
    ]
    return float(sum(gaps))
