"""The tests' own helpers can fail."""

from __future__ import annotations

import pytest

from support import assert_grows_linearly


def test_growth_that_is_not_linear_is_seen() -> None:
    def quadratic(size: int) -> int:
        return sum(1 for i in range(size) for j in range(size) if i == j)

    assert_grows_linearly(lambda size: sum(range(size)), 2_000_000)
    with pytest.raises(AssertionError, match="3000 cost"):
        assert_grows_linearly(quadratic, 3000)
