"""Reasons and changes against brute force and hand-worked cases."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from support import run
from wardian.errors import InputError
from wardian.postprocessing.counterfactual import smallest_change
from wardian.postprocessing.shapley import shapley_values


async def tangled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """With interactions of two and three columns."""
    a, b, c, d = rows.T
    return a * b + np.sin(c) * a - 2 * d + a * b * d


def test_shapley_values_are_the_mean_over_all_orders() -> None:
    """By their definition: each column's gain when it joins, over all orders and background rows."""
    generator = np.random.default_rng(1)
    row, background = generator.normal(size=4), generator.normal(size=(3, 4))
    expected = np.zeros(4)
    for order in permutations(range(4)):
        rows = background.copy()
        before = run(tangled(rows)).mean()
        for column in order:
            rows[:, column] = row[column]
            after = run(tangled(rows)).mean()
            expected[column] += (after - before) / 24
            before = after
    found = run(shapley_values(tangled, row, background))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    total = run(tangled(row[None]))[0] - run(tangled(background)).mean()
    assert found.sum() == pytest.approx(total, abs=1e-12)


def test_shapley_values_of_a_sum_are_its_parts() -> None:
    weights = np.array([2.0, -1.0, 0.0])

    async def linear(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return rows @ weights + 7

    background = np.array([[0.0, 0.0, 0.0], [2.0, 4.0, 6.0]])
    found = run(shapley_values(linear, np.array([3.0, 3.0, 3.0]), background))
    np.testing.assert_allclose(found, [4.0, -1.0, 0.0], atol=1e-12)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(InputError, match="at most 14"):
        run(shapley_values(tangled, np.zeros(15), np.zeros((1, 15))))


async def steps(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """0.25 for each column at 1 or more, at most three of which there are."""
    return 0.25 * (rows >= 1).sum(axis=1)


CHOICES = {0: [(0.5, 0.1), (1.0, 0.6)], 1: [(2.0, 0.4)], 2: [(1.0, 0.9), (3.0, 2.0)]}


def test_the_change_is_of_fewest_columns_and_then_of_least_cost() -> None:
    found = run(smallest_change(steps, np.array([0.0, 0.0, 1.0]), CHOICES))
    assert found is not None and found.values == {1: 2.0} and found.answer == 0.5
    found = run(smallest_change(steps, np.zeros(3), CHOICES))
    assert found is not None and found.values == {0: 1.0, 1: 2.0}


def test_a_change_may_turn_a_good_answer_and_there_may_be_none() -> None:
    down = {0: [(0.0, 1.0)], 1: [(0.0, 0.5)]}
    found = run(smallest_change(steps, np.array([1.0, 1.0, 0.0]), down))
    assert found is not None and found.values == {1: 0.0} and found.answer == 0.25
    assert run(smallest_change(steps, np.zeros(3), {0: [(1.0, 1.0)]})) is None
    assert run(smallest_change(steps, np.zeros(3), {})) is None
