"""The highest values against sorting them all."""

from __future__ import annotations

import numpy as np
import pytest

from wardian.generation.ranking import highest, leaders


@pytest.mark.parametrize("size", [1, 7, 255, 256, 1000, 5003])
@pytest.mark.parametrize("count", [1, 2, 8, 50])
@pytest.mark.parametrize("levels", [2, 30, 10**9])
def test_as_a_stable_sort_has_them(size: int, count: int, levels: int) -> None:
    """Few levels: many values are equal."""
    drawn = np.random.Generator(np.random.PCG64(size + count)).integers(0, levels, size)
    values = np.where(drawn % 5 == 0, -np.inf, drawn).astype(np.float32)
    expected = np.argsort(-values, kind="stable")[:count]
    assert highest(values, count).tolist() == expected.tolist()
    # All that equal the lowest of them are among the leaders.
    lowest = values[expected[-1]]
    found = leaders(values, count)
    assert set(np.flatnonzero(values >= lowest)) <= set(found.tolist())
    assert np.array_equal(found, np.unique(found))


def test_leaders_are_few() -> None:
    values = np.random.Generator(np.random.PCG64(0)).random(50000, np.float32)
    assert 50 <= len(leaders(values, 50)) < 100
    assert len(leaders(np.sort(values), 50)) < 100
