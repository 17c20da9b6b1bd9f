"""What each column of a row adds to a model's answer: exact Shapley values."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable

import numpy as np
from numpy.typing import NDArray

from wardian.errors import InputError

__all__ = ["MOST_COLUMNS", "shapley_values"]

MOST_COLUMNS = 14
"""Every subset of the columns is tried: 16,384 of 14."""

Predict = Callable[[NDArray[np.float64]], Awaitable[NDArray[np.floating]]]


async def shapley_values(
    predict: Predict, row: NDArray[np.float64], background: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The exact Shapley value of each column, for any model.

    A column that is not in a coalition has the values of the rows of `background` in turn; the coalition's
    worth is the mean of the answers (Shapley 1953; interventional: Janzing et al. 2020, arXiv:1910.13413).
    The values add up to the answer for the row less the mean answer for the background.

    Args:
        predict: answers float (rows,) for rows float64 (rows, columns).
        row: float64 (columns,).
        background: float64 (background rows, columns).

    Returns:
        float64 (columns,), in the unit of the answers.

    Raises:
        InputError: there are more than 14 columns.
    """
    count = len(row)
    if count > MOST_COLUMNS:
        raise InputError(
            "There are too many columns for exact Shapley values.",
            expected=f"at most {MOST_COLUMNS}",
            received=str(count),
        )
    numbers = np.arange(2**count)
    inside = (numbers[:, None] >> np.arange(count)) & 1 == 1
    rows = np.where(inside[:, None, :], row, background[None, :, :])
    answers = await predict(rows.reshape(-1, count))
    worth = np.asarray(answers, np.float64).reshape(len(numbers), len(background)).mean(axis=1)
    sizes = inside.sum(axis=1)
    weights = np.array([1 / (count * math.comb(count - 1, size)) for size in range(count)])
    values = np.zeros(count)
    for column in range(count):
        without = numbers[~inside[:, column]]
        gains = worth[without | (1 << column)] - worth[without]
        values[column] = gains @ weights[sizes[without]]
    return values
