"""Values of a form found by patterns, and which field gets which."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from tests.support import assert_grows_linearly

from wardian.postprocessing.form import assign, find_values
from wardian.postprocessing.form.dates import find_dates

DATES = {
    "2025-03-04": "2025-03-04", "4 March 2025": "2025-03-04", "March 4, 2025": "2025-03-04",
    "4th of Mar. 2025": "2025-03-04",
    "31.12.2024": "2024-12-31", "25/3/2025": "2025-03-25", "3/25/2025": "2025-03-25",
    "5/5/2025": "2025-05-05",
    "2025年3月4日": "2025-03-04", "Sept 9 2025": "2025-09-09", "29 February 2024": "2024-02-29",
}  # fmt: skip
NONE = [
    "3/4/2025",
    "29 February 2023",
    "31 April 2025",
    "2025-13-01",
    "12 May",
    "1.2.2025.7",
    "x2025-03-04",
    "0000-01-01",
]


@pytest.mark.parametrize("text", DATES)
def test_dates_in_full(text: str) -> None:
    said = f"It is due on {text}, they say."
    [(start, end, value)] = find_dates(said)
    assert (said[start:end], value) == (text.rstrip("."), DATES[text])


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_date_or_could_be_two(text: str) -> None:
    assert list(find_dates(f"on {text} maybe")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 10:30 or 7 pm. Then 8.45", [("time", "10:30"), ("time", "7 pm"), ("time", "8.45")]),
        ("half past nine, quarter to eleven", [("time", "half past nine"), ("time", "quarter to eleven")]),
        ("INV-2024-0178 and B12 and 90021-B", []),
        ("1,240.50 or 318,00 or", [("number", 1240.5), ("number", 318.0)]),
        ("4,980 or 1.234.567", [("number", 4980), ("number", 1234567)]),
        ("1,2,3 go; twelve stay", [("number", 12)]),
        ("Call 555-0142 or +44 7700 900123", [("phone", "555-0142"), ("phone", "+44 7700 900123")]),
        ("9 December 2024", [("date", "2024-12-09")]),
        ("a.b@c.example on 2025-01-02", [("email", "a.b@c.example"), ("date", "2025-01-02")]),
        ("in room 12, 45 guests", [("number", 12), ("number", 45)]),
        ("", []),
    ],
)  # fmt: skip
def test_values_have_one_kind_each(text: str, found: list[tuple[str, object]]) -> None:
    values = find_values(text)
    assert [(one.kind, one.value) for one in values] == found
    for one in values:
        assert (
            isinstance(one.value, (int, float))
            or one.kind == "date"
            or text[one.start : one.end] == one.value
        )


def test_long_texts_cost_as_much_as_they_are_long() -> None:
    for unit in ("1,", "12 May ", "a@", "half past ", "2025-1-", "5 5 5 ", "one "):
        assert_grows_linearly(lambda size, unit=unit: find_values(unit * (size // len(unit))), 8_000)


def test_an_assignment_is_the_best_of_all() -> None:
    """Against every assignment there is, on random scores; by less than a step a field."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        candidates = [{int(v): float(rng.uniform(-9, 0)) for v in rng.permutation(4)[:3]} for _ in range(4)]
        floors = [-6.0] * 4
        found = assign(candidates, floors)
        assert len({value for value in found if value is not None}) == sum(v is not None for v in found)

        def total(values: list[object]) -> float:
            return sum(-6.0 if v is None else candidates[i][v] for i, v in enumerate(values))  # type: ignore[index]  # noqa: B023

        best = max(
            total(list(values))
            for values in product(*[[None, *each] for each in candidates])
            if len({v for v in values if v is not None}) == sum(v is not None for v in values)
        )
        assert total(found) >= best - 4 * 0.02


def test_a_field_below_its_floor_stays_empty() -> None:
    assert assign([{"a": -7.0}, {}], [-6.0, -6.0]) == [None, None]
