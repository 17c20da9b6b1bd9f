"""Functions with the same bits everywhere, against their series in 50 decimal digits."""

from __future__ import annotations

from decimal import Decimal, getcontext
from itertools import count

import numpy as np
import pytest

from wardian_build.convert import elementary

DIGITS = 50
ANGLES = np.random.default_rng(1).uniform(-30, 30, 200)


@pytest.fixture(autouse=True)
def digits() -> None:
    getcontext().prec = DIGITS


def series(x: Decimal, first: int, step: int, sign: int) -> Decimal:
    """The sum of sign^k x^n / n! over n = first + k step; `first` is 0 or 1."""
    term = x**first
    total = Decimal(0)
    for n in count(first, step):
        total += term
        for factor in range(n + 1, n + step + 1):
            term = term * x / factor
        term *= sign
        if abs(term) < Decimal(10) ** -40 and n > abs(x):
            return total
    raise AssertionError("never ends")


@pytest.mark.parametrize(
    ("found", "form"),
    [(elementary.cos, (0, 2, -1)), (elementary.sin, (1, 2, -1)), (elementary.exp, (0, 1, 1))],
)
def test_rounded_to_float32_each_is_the_nearest(found: object, form: tuple[int, int, int]) -> None:
    assert callable(found)
    exact = np.array([float(series(Decimal(x), *form)) for x in ANGLES.tolist()])
    assert (found(ANGLES).astype(np.float32) == exact.astype(np.float32)).all()
    assert np.abs(found(ANGLES) / exact - 1).max() < 2**-50


def test_power() -> None:
    exponents = np.arange(0, 64, 2) / 64
    exact = [float(Decimal(100_000) ** Decimal(x)) for x in exponents.tolist()]
    assert elementary.power(100_000, exponents).astype(np.float32).tolist() == np.float32(exact).tolist()


def test_shapes_stay() -> None:
    assert elementary.cos(np.zeros((2, 3))).tolist() == [[1.0] * 3] * 2
    assert elementary.sin(np.zeros(0)).shape == (0,)
