"""The smallest change of a row that would turn a model's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Change", "smallest_change"]

Predict = Callable[[NDArray[np.float64]], Awaitable[NDArray[np.floating]]]

#: Columns changed at once: with three, people no longer see what the change is.
_MOST_AT_ONCE = 2


@dataclass(frozen=True)
class Change:
    """New values by column, and the model's answer for the row that has them."""

    values: Mapping[int, float]
    answer: float


async def smallest_change(
    predict: Predict,
    row: NDArray[np.float64],
    choices: Mapping[int, Sequence[tuple[float, float]]],
    threshold: float = 0.5,
) -> Change | None:
    """The change of fewest columns, and among these of least cost, that puts the answer across a threshold.

    Args:
        predict: answers float (rows,) for rows float64 (rows, columns).
        row: float64 (columns,).
        choices: for each column that may change its other values, each with what the change costs.
        threshold: between the two answers.

    Returns:
        None where no change of at most two of the columns does it.
    """
    low = float((await predict(row[None]))[0]) < threshold
    for together in range(1, _MOST_AT_ONCE + 1):
        tried = [
            (sum(cost for _, cost in chosen), dict(zip(columns, (value for value, _ in chosen), strict=True)))
            for columns in combinations(choices, together)
            for chosen in product(*(choices[column] for column in columns))
        ]
        if not tried:
            continue
        rows = np.repeat(row[None], len(tried), axis=0)
        for place, (_, values) in enumerate(tried):
            for column, value in values.items():
                rows[place, column] = value
        answers = np.asarray(await predict(rows), np.float64)
        turned = [place for place, answer in enumerate(answers) if (answer >= threshold) == low]
        if turned:
            best = min(turned, key=lambda place: tried[place][0])
            return Change(tried[best][1], float(answers[best]))
    return None
