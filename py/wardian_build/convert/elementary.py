"""Elementary functions with the same bits on every processor: a model's hash must not say where it was built.

NumPy has kernels of its own for some processors (AVX-512's differ from the others' in the last bits). These
compute in float64 with the C library, of which a result rounded to float32 keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cos", "exp", "power", "sin"]

Float64 = NDArray[np.float64]


def cos(angles: ArrayLike) -> Float64:
    """Of angles in radians, of any shape."""
    return _each(math.cos, angles)


def sin(angles: ArrayLike) -> Float64:
    """Of angles in radians, of any shape."""
    return _each(math.sin, angles)


def exp(exponents: ArrayLike) -> Float64:
    """e to the power of each."""
    return _each(math.exp, exponents)


def power(base: float, exponents: ArrayLike) -> Float64:
    """`base` to the power of each."""
    return _each(lambda exponent: math.pow(base, exponent), exponents)


def _each(function: Callable[[float], float], values: ArrayLike) -> Float64:
    given: NDArray[Any] = np.asarray(values, np.float64)
    found = np.fromiter(map(function, given.ravel().tolist()), np.float64, given.size)
    return found.reshape(given.shape)
