"""The highest of many values, without sorting them all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["highest", "leaders"]

_SHARE = 8
"""Groups for each value that is looked for: more find fewer candidates, and cost more to compare."""


def leaders(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Places, ascending, of the `count` highest values, of those equal to the lowest of them, maybe of more.

    The values are dealt to groups. `count` groups have a highest value of at least some limit, so the lowest
    value that is looked for is not below it: that takes one pass of maxima and one of comparisons. `values`
    is float32 (values,).

    >>> leaders(np.float32([1, 3, 2, 3]), 4).tolist()
    [0, 1, 2, 3]
    """
    groups = _SHARE * count
    if groups * 4 > len(values):
        return np.arange(len(values))
    whole = len(values) // groups * groups
    tops = values[:whole].reshape(-1, groups).max(axis=0)
    return np.flatnonzero(values >= np.partition(tops, groups - count)[groups - count])


def highest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The places of the `count` highest values, the highest first; of equal ones those that come first.

    `values` is float32 (values,), the result int64 (count,), or (values,) where there are fewer.

    >>> highest(np.float32([1, 3, 2, 3]), 3).tolist()
    [1, 3, 2]
    """
    places = leaders(values, count)
    return places[np.argsort(-values[places], kind="stable")][:count]
