"""Tensors on the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wardian.errors import TensorError
from wardian.types import DTYPES, KeptTensor, TensorSpec, dtype_name, from_wire, to_wire

NUMERIC = [name for name in DTYPES if name != "string"]


@pytest.mark.parametrize("dtype", NUMERIC)
def test_there_and_back(dtype: str) -> None:
    array = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(dtype)
    wire = to_wire("x", array.transpose(2, 0, 1))
    assert (wire["name"], wire["dtype"], wire["dims"]) == ("x", dtype, [4, 2, 3])
    assert wire["data"].ndim == 1 and wire["data"].flags.c_contiguous
    back = from_wire(wire)
    assert back.dtype == array.dtype and np.array_equal(back, array.transpose(2, 0, 1))
    assert np.array_equal(from_wire({**wire, "data": wire["data"].tobytes()}), back)


def test_carriers_of_types_that_javascript_lacks() -> None:
    assert to_wire("x", np.zeros(2, np.float16))["data"].dtype == np.uint16
    assert to_wire("x", np.zeros(2, bool))["data"].dtype == np.uint8


def test_scalars_empty_arrays_strings_and_byte_order() -> None:
    assert to_wire("x", np.array(3.0))["dims"] == [] and from_wire(to_wire("x", np.array(3.0))).shape == ()
    assert from_wire(to_wire("x", np.zeros((0, 3), np.float32))).shape == (0, 3)
    assert from_wire({"dtype": "int64", "dims": [0], "data": b""}).shape == (0,)
    assert from_wire(to_wire("x", np.array([["a", "é"]]))).tolist() == [["a", "é"]]
    assert to_wire("x", np.array([1, 2], ">i4"))["data"].tobytes() == np.array([1, 2], np.int32).tobytes()


def test_nothing_is_copied_without_need() -> None:
    array = np.zeros((3, 4), np.float32)
    assert np.shares_memory(to_wire("x", array)["data"], array)


@pytest.mark.parametrize(
    "wire",
    [
        {"dtype": "complex64", "dims": [1], "data": b"12345678"},
        {"dtype": "float32", "dims": [2], "data": np.zeros(3, np.float32)},
        {"dtype": "float32", "dims": [], "data": np.zeros(0, np.float32)},
    ],
)
def test_what_does_not_fit_is_refused(wire: dict[str, Any]) -> None:
    with pytest.raises(TensorError):
        from_wire(wire)


def test_dtypes_no_model_takes() -> None:
    for dtype in ("complex128", "datetime64[s]", "S3"):
        with pytest.raises(TensorError):
            dtype_name(np.dtype(dtype))


def test_specs_and_handles_on_the_wire() -> None:
    spec = TensorSpec("x", "float32", ("batch", 3, ""))
    assert TensorSpec.from_wire(spec.to_wire()) == spec
    assert spec.describe() == "x: float32 (batch, 3, ?)"
    kept = KeptTensor("present.0", "float16", (1, 2), 7)
    assert KeptTensor.from_wire(kept.to_wire()) == kept
