"""What counts as a difference, and which is the first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian_build.parity.columns import columns
from wardian_build.parity.compare import Difference, compare_cases, compare_runs, reason
from wardian_build.parity.inside import Noted, Notes

LOWEST = float(np.finfo(np.float32).min)


def texts(*found: str) -> Any:
    return np.array(found, object)


@pytest.mark.parametrize(
    ("native", "page", "why"),
    [
        (np.float32([1, 2]), np.float32([1, 2.00009]), ""),
        (np.float32([1, 2]), np.float32([1, 2.0009]), "relative difference 0.00045 at [1]"),
        # Below 1 the difference itself counts; of larger tensors, that to their largest value.
        (np.float32([1e-3, 0]), np.float32([1e-3, 9e-5]), ""),
        (np.float32([1000, 0]), np.float32([1000, 0.09]), ""),
        (np.int64([1, 30000]), np.int64([1, 30001]), "1 of 2 values, first at [1]: 30001 in place of 30000"),
        (np.float32([1]), np.float64([1]), "dtype float64 in place of float32"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "shape (3, 2) in place of (2, 3)"),
        (np.float32([[1, 2]]), np.float32([[1, np.nan]]), "nan in place of 2.0 at [0, 1]"),
        (np.float32([np.inf]), np.float32([-np.inf]), "-inf in place of inf at [0]"),
        (np.float32([np.nan, 1]), np.float32([np.nan, 1]), ""),
        # The lowest float of a mask does not hide what is beside it.
        (np.float32([LOWEST, 1]), np.float32([LOWEST, 1.1]), "relative difference 0.1 at [1]"),
        (np.float32([LOWEST, 1]), np.float32([LOWEST * 0.5, 1]), ""),
        (np.float32([LOWEST, 1]), np.float32([0, 1]), "relative difference 1 at [0]"),
        (texts("a", "b"), texts("a", "c"), "1 of 2 values, first at [1]: c in place of b"),
        (np.array([True]), np.array([False]), "1 of 1 values, first at [0]: False in place of True"),
        (np.zeros(0, np.float32), np.zeros(0, np.float32), ""),
    ],
)
def test_what_is_a_difference(native: Any, page: Any, why: str) -> None:
    assert reason(native, page, 1e-4) == why


def notes(**changes: Any) -> Notes:
    found = Notes()
    found.add("decode", {"text": texts("hello")})
    found.add("preprocess", {"ids": changes.get("ids", np.int64([[1, 2]]))}, "m.onnx")
    found.add("run", {"logits": changes.get("logits", np.float32([[3, 4]]))}, "m.onnx")
    found.add("answer", {"label": texts(changes.get("label", "a"))})
    return found


def test_the_first_difference_is_that_of_the_earliest_stage() -> None:
    page = notes(logits=np.float32([[3, 5]]), label="b")
    rows, first = compare_cases([notes(), notes()], [notes(), page], 1e-4)
    assert first == Difference(1, "run", 0, "logits", "relative difference 0.25 at [0, 1]")
    assert [(row.stage, row.name, row.tensors, row.identical, bool(row.differs)) for row in rows] == [
        ("decode", "text", 2, True, False),
        ("preprocess", "ids", 2, True, False),
        ("run", "logits", 2, False, True),
        ("answer", "label", 2, False, True),
    ]
    run = rows[2]
    assert (run.dtype, run.shape, run.max_abs, run.relative) == ("float32", "(1, 2)", 1.0, 0.25)
    # Case 0 agrees: (9 + 16 + 9 + 20) / (sqrt(50) sqrt(25 + 34)).
    assert run.cosine == pytest.approx(54 / np.sqrt(50 * 59))


def test_what_is_missing_or_too_much_is_a_difference() -> None:
    short, more = notes(), notes()
    del short.stages[2:]
    short.error = "ValueError: no"
    rows, first = compare_cases([notes()], [short], 1e-4)
    assert first == Difference(0, "run", 0, "", "did not happen in the page: ValueError: no")
    assert [row.stage for row in rows] == ["decode", "preprocess"]
    more.add("answer", {"label": texts("a")})
    assert compare_cases([notes()], [more], 1e-4)[1] == Difference(
        0, "answer", 1, "", "is not there natively"
    )
    other = notes()
    other.stages[3] = Noted("answer", 0, "", {"label": texts("a"), "score": np.float64([1])})
    assert compare_cases([notes()], [other], 1e-4)[1] == Difference(
        0, "answer", 0, "score", "is not there natively"
    )


def test_numbers_that_are_not_finite_are_counted_on_both_sides() -> None:
    (row,) = compare_runs([{"y": np.float32([1, np.nan])}], [{"y": np.float32([np.inf, np.nan])}], 1e-4)
    assert row.not_finite == (1, 2) and row.differs == "inf in place of 1.0 at [0]" and row.max_abs == 0


def test_values_become_columns() -> None:
    found = columns(
        [
            {"label": "a", "box": [1, 2], "mask": np.zeros((2, 2))},
            {"label": None, "box": [3], "mask": np.ones(3)},
        ]
    )
    assert found["[].label"].tolist() == ["a", "None"]
    assert found["[].box[]"].tolist() == [1, 2, 3] and found["[].box.length"].tolist() == [2, 1]
    assert found["[].mask"].shape == (2, 2) and found["[].mask#1"].shape == (3,)
    assert columns({"x": 1, "y": 1.5, "z": True})["z"].dtype == bool
    # A number that int64 cannot hold is compared as text, and mixed ones as floats.
    assert columns({"n": [1, 2.5]})["n[]"].tolist() == [1.0, 2.5]
    assert columns({"n": 2**70})["n"].tolist() == [str(2**70)]
    assert columns({"of": object()})["of"].tolist() == ["object"]
    assert columns("alone")["value"].tolist() == ["alone"]


def test_runs_that_asked_for_different_outputs() -> None:
    """The first run asks for the scores alone, the second for what explains them, too."""
    scores, more = np.float32([1, 2]), np.float32([[3]])
    native = [{"scores": scores}, {"scores": scores, "more": more}]
    page = [{"scores": scores, "more": more}, {"scores": scores, "more": more + 1}]
    rows = compare_runs(native, page, 1e-4)
    assert [(row.name, row.tensors, bool(row.differs)) for row in rows] == [
        ("scores", 2, False), ("more", 1, True),
    ]  # fmt: skip
