"""The figures of the numerical check, against values worked by hand, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from wardian_build.convert.check import compare, compare_runs, require, require_direction, run_onnx, table
from wardian_build.errors import CheckError, ConversionError


def test_figures_worked_by_hand() -> None:
    """Two inputs of one output: differences 0, 0, 0.5 and 0, 2, 0; the largest value is 8."""
    expected = [np.float32([[1, 2, 3]]), np.float32([[-8, 0, 4]])]
    found = [np.float32([[1, 2, 3.5]]), np.float32([[-8, 2, 4]])]
    result = compare("y", expected, found)
    assert (result.values, result.max_abs, result.relative) == (6, 2.0, 0.25)
    assert result.worst == "input 1 [0, 1]"
    dot = 1 + 4 + 10.5 + 64 + 16
    assert result.cosine == pytest.approx(
        dot / np.sqrt((1 + 4 + 9 + 64 + 16) * (1 + 4 + 12.25 + 64 + 4 + 16))
    )
    assert result.top1 == 1.0
    assert compare("y", [np.float32([[1, 2], [4, 3]])], [np.float32([[2, 1], [4, 3]])]).top1 == 0.5


def test_small_values_are_compared_with_one() -> None:
    """A difference of 1e-6 on values of 1e-6 is not 100 %: float32 around 1 rounds as much."""
    assert compare("y", [np.float32([1e-6])], [np.float32([2e-6])]).relative == pytest.approx(1e-6, rel=1e-3)


def test_outputs_without_a_choice_have_no_top1() -> None:
    assert compare("y", [np.float32([[3]])], [np.float32([[3]])]).top1 is None
    assert compare("y", [np.float32(3)], [np.float32(3)]).top1 is None
    assert compare("y", [np.zeros((0, 4))], [np.zeros((0, 4))]).top1 is None


def test_nan_where_the_source_has_a_number_is_refused() -> None:
    nan, inf = np.float32([1, np.nan]), np.float32([1, np.inf])
    for expected, found in ((np.float32([1, 2]), nan), (nan, np.float32([1, 2])), (inf, -inf), (nan, inf)):
        with pytest.raises(CheckError, match="NaN or infinite"):
            compare("y", [expected], [found])
    assert compare("y", [nan], [nan]).max_abs == 0 and compare("y", [inf], [inf]).max_abs == 0


def test_shapes_and_names_must_agree() -> None:
    with pytest.raises(CheckError, match=r"another shape(?s:.*)\(2,\)(?s:.*)\(1, 2\)"):
        compare("y", [np.zeros(2)], [np.zeros((1, 2))])
    with pytest.raises(CheckError, match="y is no output"):
        compare_runs([{"y": np.zeros(2)}], [{"z": np.zeros(2)}])


def test_tolerances_are_held() -> None:
    near = [compare("y", [np.float32([1, 2])], [np.float32([1, 2.00001])])]
    require(near, 1e-5)
    with pytest.raises(CheckError, match=r"y of the converted model differs.*input 0 \[1\](?s:.*)1e-06"):
        require(near, 1e-6)
    turned = [compare("y", [np.float32([1, 0])], [np.float32([1, 0.4])])]
    require_direction(turned, "q4")
    with pytest.raises(CheckError, match=r"lost its direction(?s:.*)0\.928"):
        require_direction(turned, "q8")
    nothing = [compare("y", [np.float32([1, 0])], [np.float32([0, 0])])]
    with pytest.raises(CheckError, match="direction"):
        require_direction(nothing, "q4")


def test_texts_are_equal_or_not() -> None:
    words = np.array(["a", "b", "c", "d"], object)
    assert compare("y", [words], [words.copy()]).relative == 0
    other = compare("y", [words], [np.array(["a", "b", "c", "e"], object)])
    assert (other.max_abs, other.worst) == (1.0, "input 0 [3]") and other.cosine == pytest.approx(0.75**0.5)


def test_the_table_has_a_row_an_output() -> None:
    lines = table({"q8": [compare("y", [np.float32([3, 4])], [np.float32([3, 4.5])])]}).splitlines()
    assert lines[2] == "| q8 | y | 2 | 0.5 | 0.12 | 0.9984604 | 100.00 % |" and len(lines) == 3


def test_what_onnxruntime_says_is_passed_on() -> None:
    with pytest.raises(ConversionError, match="cannot be run by onnxruntime"):
        run_onnx(b"no model", [{}])
